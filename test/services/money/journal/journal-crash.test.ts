import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  createFakeRecord,
  journalFolder,
  openTestJournal,
  openTestSettler,
  segmentFiles
} from '../../../support/journal-fixtures.ts'
import { lives, liveThrough, type Life } from '../../../support/journal-lives.ts'
import { fc, times } from '../../../support/fuzz.ts'

async function settlesAsItShould(parent: string, someLives: readonly Life[]): Promise<void> {
  const dir = mkdtempSync(join(parent, 'run-'))
  try {
    const { settled, expected, left } = await liveThrough(dir, someLives)
    assert.deepEqual(settled, expected)
    assert.deepEqual(left, [])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

for (const [what, cuts] of [
  ['killed at any moment, every attempt is settled once, with the last that was known of it', false],
  ['with the files cut at any byte, every attempt whose start survived is settled once', true]
] as const) {
  test(what, { timeout: 60_000 }, async (t) => {
    const parent = join(journalFolder(t), '..')
    await fc.assert(
      fc.asyncProperty(lives({ cuts }), (someLives) => settlesAsItShould(parent, someLives)),
      times(150)
    )
  })
}

test('everything journaled before kill -9 is found and settled by the next life', { timeout: 60_000 }, async (t) => {
  const dir = journalFolder(t)
  const script = join(import.meta.dirname, '../../../support/journal-writing-process.ts')
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.length > 100_000 && !child.killed) child.kill('SIGKILL')
  }
  if (child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')

  const said = { sent: new Set<string>(), opened: new Set<string>(), closed: new Set<string>() }
  for (const line of output.split('\n').slice(0, -1)) {
    const [step, id = ''] = line.split(' ')
    said[step as keyof typeof said].add(id)
  }
  assert.ok(said.sent.size > 1000)
  assert.ok(segmentFiles(dir).length > 2)

  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal: openTestJournal(dir), settle: record.settle })
  settler.start()
  await settler.flush()
  const settled = new Map(Array.from(record.events.values(), ({ sent, closed }) => [sent.id, closed]))
  for (const id of said.sent) assert.ok(settled.has(id), `${id} was sent but not settled`)
  for (const id of said.opened) assert.notEqual(settled.get(id)?.basis, 'unknown', `${id} was opened`)
  for (const id of said.closed) assert.equal(settled.get(id)?.outcome, 'completed', `${id} was closed`)
  assert.ok(settled.size <= said.sent.size + 1)
})
