import { readFile } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { ADMIN_TOKEN, type ListedAccount } from '../support/gateway.ts'
import { serverPlace, type ServerPlace, type ServerProcess } from '../support/server-process.ts'
import { createOutages } from './account-outages.ts'
import { judgeBooks } from './books.ts'
import { runClient, type Seen } from './load.ts'
import { judgeCalls, judgeErrors, type JustifiedError, type Violation } from './oracle.ts'
import { createClientPlan, type PlannedRequest } from './requests.ts'
import { declared, SETTINGS, USERS } from './scenario.ts'
import { startTokenEndpoint, type SoakTokenEndpoint } from './token-endpoint.ts'
import { startSoakUpstream, type UpstreamBook } from './upstream-book.ts'

interface SoakOptions {
  seed: number
  durationMs: number
  onProgress?: (line: string) => void
}

export interface SoakReport {
  responses: readonly Seen[]
  justified: JustifiedError[]
  violations: string[]
  book: UpstreamBook
  tokens: SoakTokenEndpoint['counts']
  messages: number
  events: number
  /** The server's resident memory in MiB, each tenth of the run. */
  memoryMib: number[]
  /** What the server wrote about faults of its own. */
  serverLog: string[]
}

const OPERATOR_LOOKS_MS = 1500
/** Beyond this, between the middle and the end, memory is not just being taken into use. */
const MOST_GROWTH_MIB = 150
const MOST_SETTLING_MS = 20_000
const EXPLAINED_VIOLATIONS = 5
const ACCOUNT_IN_ERROR = 'an account is in error'

/** Runs the whole soak and says what was seen. `t` cleans up behind it. Rejects when the server ends by itself. */
export async function runSoak(t: Pick<TestContext, 'after'>, options: SoakOptions): Promise<SoakReport> {
  const { seed } = options
  const planned = new Map<number, PlannedRequest>()
  let renewed: (account: string) => void = () => {}
  const tokens = await startTokenEndpoint(seed, (account) => renewed(account))
  t.after(() => tokens.close())
  const soakUpstream = await startSoakUpstream(seed, tokens, planned)
  t.after(() => soakUpstream.close())
  const { book, upstream } = soakUpstream
  renewed = soakUpstream.renewed

  const place = await serverPlace(t as TestContext, {
    database: 'embedded',
    declared: declared(upstream.url),
    env: { ...SETTINGS, ANTHROPIC_OAUTH_TOKEN_URL: tokens.url }
  })
  const life = await place.start()
  const lateness = monitorEventLoopDelay()
  lateness.enable()
  const { responses, memoryMib } = await runLoad(place, life, book, planned, options)
  lateness.disable()

  const violations: string[] = []
  const held = await heldSlots(place)
  if (held.length > 0) violations.push(`slots are held though nobody asks any more: ${JSON.stringify(held)}`)
  const books = await settledBooks(() => judgeBooks(place, responses, upstream.messageStarts, book))
  const outages = createOutages(book, tokens, lateness.max / 1e6)
  const errors = judgeErrors(responses, book, outages)
  violations.push(
    ...(await explained(place, errors.violations)),
    ...judgeCalls(book, outages),
    ...books.violations,
    ...book.violations,
    ...tokens.violations,
    ...judgeMemory(memoryMib)
  )
  life.kill('SIGTERM')
  const { code, signal } = await life.ends()
  if (code !== 0) violations.push(`after SIGTERM the server ended with ${code ?? signal}: ${life.stderr()}`)
  return {
    responses,
    justified: errors.justified,
    violations,
    book,
    tokens: tokens.counts,
    messages: upstream.messageStarts.length,
    events: books.events,
    memoryMib,
    serverLog: life
      .stdout()
      .split('\n')
      .filter((line) => line !== '' && !line.includes(ACCOUNT_IN_ERROR))
  }
}

/** Lets all clients ask for the time of the run, and reads every response to its end. */
async function runLoad(
  place: ServerPlace,
  life: ServerProcess,
  book: UpstreamBook,
  planned: Map<number, PlannedRequest>,
  { seed, durationMs, onProgress = () => {} }: SoakOptions
) {
  const responses: Seen[] = []
  const memoryMib: number[] = []
  const stopping = new AbortController()
  const clients = USERS.flatMap((user, userIndex) =>
    Array.from({ length: user.clients }, (_, index) => {
      const next = createClientPlan(seed, user, (userIndex + 1) * 100 + index)
      const known = () => {
        const request = next()
        planned.set(request.number, request)
        return request
      }
      return runClient(place.url, known, stopping.signal, (seen) => void responses.push(seen))
    })
  )
  const operator = operate(place, book, stopping.signal)

  async function watch(): Promise<void> {
    for (let tenth = 1; tenth <= 10; tenth++) {
      await delay(durationMs / 10)
      memoryMib.push(await memoryOf(life.pid))
      onProgress(`${tenth * 10} %: ${responses.length} requests, ${book.calls.length} calls, ${memoryMib.at(-1)} MiB`)
    }
  }
  const ended = life.exited.then(({ code, signal }) => {
    throw new Error(`the server ended by itself: ${code ?? signal}\n${life.stdout()}${life.stderr()}`)
  })
  try {
    await Promise.race([watch(), ended])
  } finally {
    stopping.abort()
    await Promise.all([...clients, operator])
    ended.catch(() => {})
  }
  return { responses, memoryMib }
}

/** The operator puts accounts in error to use again, since the upstream has forgiven them. */
async function operate(place: ServerPlace, book: UpstreamBook, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await delay(OPERATOR_LOOKS_MS, undefined, { signal: stopping }).catch(() => {})
    if (stopping.aborted) return
    for (const { id, name, status } of await place.list<ListedAccount>('/accounts')) {
      if (status !== 'error') continue
      // It takes effect some time before its response is here.
      book.cleared(name)
      await admin(place, `/accounts/${id}/clear-error`, 'POST')
    }
  }
}

async function admin(place: ServerPlace, path: string, method = 'GET'): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  const response = await fetch(`${place.url}/admin/v1${path}`, { method, headers })
  return await response.text()
}

/** What is still held when there was time to give it back. */
async function heldSlots(place: ServerPlace) {
  for (const deadline = performance.now() + MOST_SETTLING_MS; ; await delay(50)) {
    const slots = await place.list<{ in_flight: number; waiting: number }>('/slots')
    const held = slots.filter(({ in_flight: inFlight, waiting }) => inFlight > 0 || waiting > 0)
    if (held.length === 0 || performance.now() >= deadline) return held
  }
}

/** What was used is settled in the background; what doesn't agree after that never will. */
async function settledBooks<T extends { violations: string[] }>(judge: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + MOST_SETTLING_MS; ; await delay(500)) {
    const judged = await judge()
    if (judged.violations.length === 0 || performance.now() >= deadline) return judged
  }
}

/** The first few with what the gateway says about them. It is quoted, and decides nothing. */
async function explained(place: ServerPlace, violations: readonly Violation[]): Promise<string[]> {
  return await Promise.all(
    violations.map(async ({ text, seen }, index) => {
      const exchangeId = seen.exchangeId
      if (index >= EXPLAINED_VIOLATIONS || exchangeId === null) return text
      return `${text}\n      its trace: ${await admin(place, `/exchanges/${exchangeId}`)}`
    })
  )
}

function judgeMemory(memoryMib: readonly number[]): string[] {
  const middle = memoryMib[Math.floor(memoryMib.length / 2)] ?? 0
  const end = memoryMib.at(-1) ?? 0
  return end - middle > MOST_GROWTH_MIB ? [`the server's memory grew from ${middle} to ${end} MiB in half of the time`] : []
}

async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
