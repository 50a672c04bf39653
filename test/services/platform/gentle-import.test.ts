import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { importGently } from '../../../services/platform/gentle-import.ts'

/** What modules leave behind when they run; each takes longer than a slice. */
const ran: string[] = []
const leaves = (name: string) => `
  for (const until = performance.now() + 6; performance.now() < until; );
  globalThis[Symbol.for('ran by gentle import')].push(${JSON.stringify(name)})\n`
Object.assign(globalThis, { [Symbol.for('ran by gentle import')]: ran })

/** A folder of modules, by name what each imports. */
async function modulesIn(t: TestContext, imports: Record<string, string>): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'gentle-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const [name, lines] of Object.entries(imports)) await writeFile(join(folder, `${name}.mjs`), lines + leaves(name))
  ran.length = 0
  return (name) => pathToFileURL(join(folder, `${name}.mjs`)).href
}

/** How often the event loop turned while this went on. */
async function turnsDuring(work: Promise<void>): Promise<number> {
  let turns = 0
  let isOver = false
  const count = () => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await work
  isOver = true
  return turns
}

await suite('modules that are loaded gently', async () => {
  test('run in the order of import, with turns of the event loop in between', async (t) => {
    const urlOf = await modulesIn(t, {
      entry: `import { b } from './b.mjs'\nexport {\n  a as other\n} from './a.mjs'\nimport './unseen.mjs'\nimport data from 'node:fs'\n`,
      a: `export * from './c.mjs'\nexport const a = 1`,
      b: `import { a } from './a.mjs'\nexport const b = a`,
      c: `const text = \`\nexport const x = 'select from'\nfrom './nothing.mjs'\``,
      unseen: ''
    })
    const turns = await turnsDuring(importGently(urlOf('entry')))
    assert.deepEqual(ran, ['c', 'a', 'b', 'unseen', 'entry'])
    assert.ok(turns >= 4, `${turns} turns`)
  })

  test('that import each other run as import has them', async (t) => {
    const urlOf = await modulesIn(t, {
      entry: `import { first } from './first.mjs'\n`,
      first: `import { later } from './second.mjs'\nexport const first = () => later`,
      second: `import { third } from './third.mjs'\nexport const later = third`,
      // Run by itself before the ring it would read `first` too soon.
      third: `import { first } from './first.mjs'\nimport { leaf } from './leaf.mjs'\nexport const third = [() => first, leaf]`,
      leaf: `export const leaf = 1`
    })
    await importGently(urlOf('entry'))
    assert.deepEqual(ran, ['leaf', 'third', 'second', 'first', 'entry'])
  })

  test('fail as import fails', async (t) => {
    const urlOf = await modulesIn(t, { entry: `import { gone } from './gone.mjs'\n` })
    await assert.rejects(importGently(urlOf('entry')), { code: 'ERR_MODULE_NOT_FOUND' })
    assert.deepEqual(ran, [])
  })
})
