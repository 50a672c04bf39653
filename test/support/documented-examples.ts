import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from './compile-cache.ts'

const ROOT = new URL('../../', import.meta.url)
const LONGEST_RUN_MS = 60_000

export interface Example {
  /** One command as it stands on the page, with the lines that it is continued on. */
  command: string
  /** Assignments that stand before it in the same block. */
  assignments: string[]
}

interface ExampleResult {
  code: number | null
  /** What it printed to stdout and stderr. */
  printed: string
}

/** The commands of the blocks marked `sh` of a page, in order. */
export async function examplesOf(page: string): Promise<Example[]> {
  const text = await readFile(new URL(page, ROOT), 'utf8')
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) => commandsOf(block))
}

function commandsOf(block: string): Example[] {
  const lines = block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const isAssignment = (line: string) => /^[A-Za-z_]+=/.test(line)
  return lines.flatMap((command, index) =>
    isAssignment(command) ? [] : [{ command, assignments: lines.slice(0, index).filter(isAssignment) }]
  )
}

/** `npx sluice …` as npx runs it, without its own time. */
const NPX = `npx() { shift; "${process.execPath}" "${fileURLToPath(new URL('bin/sluice.js', ROOT))}" "$@"; }`

/**
 * Runs an example in a shell, as somebody would who has pasted it into a terminal in that folder. `reply` is given what it
 * printed and returns what is typed once that is enough, else null.
 */
export async function runExample(
  { command, assignments }: Example,
  { folder, env, reply }: { folder: string; env: Readonly<Record<string, string>>; reply: (printed: string) => string | null }
): Promise<ExampleResult> {
  const script = [NPX, ...assignments, command].join('\n')
  const child = spawn('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { ...COMPILE_CACHE, ...env },
    timeout: LONGEST_RUN_MS
  })
  let printed = ''
  let typed = false
  child.stdin.on('error', () => {})
  const onPrinted = (chunk: string) => {
    printed += chunk
    const answer = typed ? null : reply(printed)
    if (answer === null) return
    typed = true
    child.stdin.end(`${answer}\n`)
  }
  onPrinted('')
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onPrinted)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, printed }
}
