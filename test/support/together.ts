import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { madeOnce } from './made-once.ts'

/**
 * `node test/support/together.ts GROUPS [OPTION…] GLOB…`: `node --test` with these options, of test files that share processes. One
 * process a file spends more on loading what is tested than on most files' tests. A file has one of its own if it says so in a
 * comment, or if it has hooks outside of its suites: they would be those of all tests in the process.
 */
const ALONE = /^\/\/ A process of its own: |^(?:before|beforeEach|after|afterEach)\(/m
/** Those begin first of all. */
const LONG = /^\/\/ A process of its own: it takes as long as /m

const [count, ...rest] = process.argv.slice(2)
const options = rest.filter((argument) => argument.startsWith('-'))
const files = globSync(rest.filter((argument) => !argument.startsWith('-'))).map((path) => ({
  path,
  text: readFileSync(path, 'utf8')
}))

// The longest first, each to the group with least: about the same for each, in the same groups each time.
const groups = Array.from({ length: Number(count) }, () => ({ length: 0, paths: [] as string[] }))
const shared = files.filter(({ text }) => !ALONE.test(text))
for (const { path, text } of shared.toSorted((a, b) => b.text.length - a.text.length || (a.path < b.path ? -1 : 1))) {
  const least = groups.reduce((found, group) => (group.length < found.length ? group : found))
  least.length += text.length
  least.paths.push(path)
}

/** A file that cannot be loaded is a test that fails, and the next ones are run all the same. */
const load = (url: string) => `await import(${url}).catch((error) => test(${url}, () => { throw error }))\n`
const alone = files.filter(({ text }) => ALONE.test(text)).toSorted((a, b) => +LONG.test(b.text) - +LONG.test(a.text))
const processes = [...alone.map(({ path }) => [path]), ...groups.map(({ paths }) => paths)].filter((paths) => paths.length > 0)
const sources = processes.map(
  (paths) =>
    `import { test } from 'node:test'\n${paths.map((path) => load(JSON.stringify(pathToFileURL(resolve(path)).href))).join('')}`
)

// Node starts what it is given in the order of the paths, whatever the order in which they are given.
const nameOf = (index: number) => `${String(index).padStart(3, '0')}.mjs`
const folder = await madeOnce('together', sources.join('\n'), async (dir) => {
  for (const [index, source] of sources.entries()) await writeFile(join(dir, nameOf(index)), source)
})
const paths = sources.map((_, index) => join(folder, nameOf(index)))
const tests = spawn(process.execPath, ['--test', ...options, ...paths], { stdio: 'inherit' })
const [code] = (await once(tests, 'exit')) as [number | null]
process.exitCode = code ?? 1
