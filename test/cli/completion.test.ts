import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { placesOf } from '../../cli/completion.ts'
import { scriptFor } from '../../cli/completion-scripts.ts'
import { sluiceProgram } from '../../cli/program.ts'
import { runSluice } from '../support/sluice-command.ts'

const places = placesOf(sluiceProgram())

/** What bash offers for each of these lines, whose last word is being typed. */
function offeredByBash(lines: string[][]): string[][] {
  const asked = lines.map((words) => {
    const all = ['sluice', ...words].map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _sluice; echo "\${COMPREPLY[*]}"`
  })
  const script = [scriptFor('bash', places), ...asked].join('\n')
  const { stdout, stderr } = spawnSync('bash', ['--norc'], { input: script, encoding: 'utf8' })
  assert.equal(stderr, '')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').filter(Boolean))
}

test('bash completes commands, other words for them, options and their values', () => {
  const [commands, one, options, other, values, files] = offeredByBash([
    ['us'],
    ['usage', 'by', 'm'],
    ['--url', 'http://x', 'keys', 'add', 'ann@example.com', '--mod'],
    ['users', 'create', 'x', '--conc'],
    ['usage', 'export', '--format', ''],
    ['apply', '--file', 'x']
  ])
  assert.deepEqual(commands, ['users', 'usage'])
  assert.deepEqual(one, ['model'])
  assert.deepEqual(options, ['--models'])
  assert.deepEqual(other, ['--concurrency'])
  assert.deepEqual(values, ['ndjson', 'csv'])
  // Then bash itself looks for files.
  assert.equal(files, undefined)
})

test('bash offers at each place what the program takes there', () => {
  const offered = offeredByBash(places.map(({ path }) => [...path.split(' ').filter(Boolean), '']))
  assert.ok(places.length > 80)
  for (const [index, { path, words }] of places.entries()) {
    assert.deepEqual(
      offered[index],
      words.map(({ word }) => word),
      path
    )
  }
  const list = places.find(({ path }) => path === 'users list')
  assert.ok(list?.words.some(({ word }) => word === '--json'))
  assert.ok(list?.words.some(({ word }) => word === '--url'))
})

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  test(`the script for ${shell} knows each command`, async () => {
    const { code, out, err } = await runSluice(['completion', shell], {})
    assert.deepEqual([code, err], [0, ''])
    for (const { path, words } of places) {
      const name = path.split(' ').at(-1) ?? ''
      assert.ok(out.includes(shell === 'bash' ? `'${path}')` : name), path)
      if (shell !== 'bash')
        for (const { about } of words) assert.ok(out.includes(about.replaceAll("'", '')) || about.includes("'"), about)
    }
  })
}

test('another shell is refused', async () => {
  const { code, err } = await runSluice(['completion', 'tcsh'], {})
  assert.equal(code, 2)
  assert.match(err, /Allowed choices are bash, zsh, fish/)
})
