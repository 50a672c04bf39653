import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { pinnedPackage } from './pinned-package.ts'
import { until } from './until.ts'

/** The client that `/login` was watched with. */
const PACKAGES: Readonly<Record<string, { name: string; integrity: string }>> = {
  x64: {
    name: '@anthropic-ai/claude-code-linux-x64',
    integrity: 'sha512-9Gn+V7DtJ8M1nztP9CeDVl9g3RtrepI7rOFTyPRRnZe8D6zebIHKmC7OvBauucuAP0X0k85SDN/LPVZyjsGezQ=='
  }
}
const VERSION = '2.1.330'

const KEYS = { enter: '\r', down: '\x1b[B', up: '\x1b[A', escape: '\x1b' } as const
type Key = keyof typeof KEYS

/** It draws with a terminal's sequences, and moves the cursor instead of writing spaces. */
const lettersOf = (output: string) => stripVTControlCharacters(output).replace(/\s+/g, '')

/** Why the real Claude Code cannot be run here; null where it can. */
export const whyNoClaudeCode = (): string | null =>
  process.platform === 'linux' && process.arch in PACKAGES ? null : 'no package of Claude Code is pinned for this machine'

export type ClaudeCode = Awaited<ReturnType<typeof claudeCodeAt>>

/** Claude Code from npm, with a home of its own whose settings name a gateway. */
export async function claudeCodeAt(t: TestContext, gatewayUrl: string) {
  const pinned = PACKAGES[process.arch]
  if (pinned === undefined) throw new Error(whyNoClaudeCode() ?? '')
  const program = join(await pinnedPackage({ ...pinned, version: VERSION }), 'claude')
  const home = await mkdtemp(join(tmpdir(), 'sluice-claude-code-'))
  t.after(() => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  const folder = join(home, 'work')
  await mkdir(folder)
  await mkdir(join(home, '.claude'))
  const settings = { forceLoginMethod: 'gateway', forceLoginGatewayUrl: gatewayUrl }
  await writeFile(join(home, '.claude', 'settings.json'), JSON.stringify(settings))
  const seen = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true }
  const state = { hasCompletedOnboarding: true, lastOnboardingVersion: VERSION, theme: 'dark', projects: { [folder]: seen } }
  await writeFile(join(home, '.claude.json'), JSON.stringify(state))
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    TERM: 'xterm-256color',
    BROWSER: '/bin/true',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1'
  }
  const credentialsFile = join(home, '.claude', '.credentials.json')

  return {
    /** What it stores of its sign-in; null when it stores none. */
    async stored(): Promise<{ enterpriseGateway?: { jwt: string; expiresAt: number } } | null> {
      return await readFile(credentialsFile, 'utf8').then(
        (text) => JSON.parse(text) as { enterpriseGateway?: { jwt: string; expiresAt: number } },
        () => null
      )
    },
    /** As if its access token were about to expire. */
    async age() {
      const stored = JSON.parse(await readFile(credentialsFile, 'utf8')) as { enterpriseGateway: { expiresAt: number } }
      stored.enterpriseGateway.expiresAt = Date.now() + 60_000
      await writeFile(credentialsFile, JSON.stringify(stored))
    },
    /** Runs it without a terminal. */
    async run(...args: string[]): Promise<{ code: number; output: string }> {
      return await new Promise((resolve) => {
        const child = execFile(program, args, { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : 1, output: stdout + stderr })
        })
        child.stdin?.end()
      })
    },
    /** Runs it in a pseudo-terminal. */
    inTerminal() {
      const command = `stty rows 50 cols 150; exec '${program}'`
      const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd: folder, env, detached: true })
      let output = ''
      let shownBefore = 0
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()))
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
      async function end() {
        // It and what it has started, which are of the group that it leads.
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
        await ended
      }
      t.after(end)

      /** Waits for words on the screen since what was last waited for. */
      async function shows(words: string): Promise<void> {
        const wanted = words.replace(/\s+/g, '')
        try {
          await until(`the screen shows: ${words}`, () => lettersOf(output).indexOf(wanted, shownBefore) >= 0, 30_000)
        } catch (error) {
          throw new Error(`${String(error)}: ${lettersOf(output).slice(shownBefore).slice(-1500)}`, { cause: error })
        }
        shownBefore = lettersOf(output).indexOf(wanted, shownBefore) + wanted.length
      }

      const press = (key: Key) => void child.stdin.write(KEYS[key])

      return {
        shows,
        press,
        /** Presses a key at each of these, once it is shown. */
        async answer(questions: readonly (readonly [shown: string, key: Key])[]) {
          for (const [shown, key] of questions) {
            await shows(shown)
            press(key)
          }
        },
        async type(text: string) {
          child.stdin.write(text)
          await shows(text)
        },
        /** What the screen shows now, without spaces. */
        screen: () => lettersOf(output).slice(-3000),
        end
      }
    }
  }
}
