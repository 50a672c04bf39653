import { accountsFor, TIMES } from './scenario.ts'
import { clock, type Outages } from './account-outages.ts'
import type { Seen } from './load.ts'
import type { Call, UpstreamBook } from './upstream-book.ts'

/** An error that breaks the promise, and whose request shows it. */
export interface Violation {
  text: string
  seen: Seen
}

/** An error that a client saw, and why it had to. */
export interface JustifiedError {
  seen: Seen
  reason: string
}

export interface Verdict {
  violations: Violation[]
  justified: JustifiedError[]
}

/** Holds what the clients saw against the upstream's book: was every error one that no other account could have absorbed? */
export function judgeErrors(responses: readonly Seen[], book: UpstreamBook, outages: Outages): Verdict {
  const callsOf = Map.groupBy(book.calls, ({ request }) => request.number)
  const verdict: Verdict = { violations: [], justified: [] }
  for (const seen of responses) {
    if (seen.left || seen.error === null) continue
    const calls = callsOf.get(seen.request.number) ?? []
    const reason = seen.begun ? breakReason(calls) : refusalReason(seen, calls, outages)
    if (reason !== null) verdict.justified.push({ seen, reason })
    else verdict.violations.push({ text: `${told(seen)}; ${history(calls)}; ${usable(seen, calls, outages)}`, seen })
  }
  return verdict
}

/** Behind the first byte nobody else could help. */
function breakReason(calls: readonly Call[]): string | null {
  return calls.at(-1)?.fault.end === 'broken-response' ? 'the upstream broke off' : null
}

function refusalReason({ request, endedAt }: Seen, calls: readonly Call[], outages: Outages): string | null {
  const last = calls.at(-1)
  if (last?.fault.kind === 'bad-request') return 'the request itself was refused'
  if (calls.some(({ fault }) => fault.end === 'response')) return null
  if (last !== undefined && !request.stream && last.fault.mayHaveCost) return 'sent already, and perhaps paid'
  const untried = accountsFor(request.email, request.group, request.model).filter(
    (account) => !calls.some((call) => call.account === account)
  )
  const unseen = untried.filter((account) => outages.mayFailUnseen(account, endedAt)).length
  if (calls.length + unseen >= TIMES.maxAttempts) return 'all attempts failed'
  const isOut = calls.length === 0 ? outages.mayBeOutForItself : outages.mayBeOut
  return untried.every((account) => isOut(account, request.model, endedAt)) ? 'all other accounts were out' : null
}

/** Which accounts the upstream had given no cause to leave out. */
function usable({ request, endedAt }: Seen, calls: readonly Call[], outages: Outages): string {
  const isOut = calls.length === 0 ? outages.mayBeOutForItself : outages.mayBeOut
  const names = accountsFor(request.email, request.group, request.model)
    .filter((account) => !calls.some((call) => call.account === account) && !isOut(account, request.model, endedAt))
    .map(({ name }) => name)
  return `usable were: ${names.join(', ') || 'none'}`
}

/** No call while its account was out, to an account that is somebody else's or not set up for it, or one too many. */
export function judgeCalls(book: UpstreamBook, outages: Outages): string[] {
  const repeats = [...Map.groupBy(book.calls, ({ request }) => request.number).values()].flatMap((calls) =>
    judgeRepeats(calls, outages.graceMs)
  )
  return [...repeats, ...book.calls.flatMap((call) => judgeCall(call, book, outages))]
}

function judgeCall(call: Call, book: UpstreamBook, outages: Outages): string[] {
  const { account, request, at } = call
  const serving = accountsFor(request.email, request.group, request.model)
  if (!serving.includes(account)) return [`${account.name} was called for ${request.email}, ${request.group}, ${request.model}`]
  // The repeat with a renewed token is the same attempt still.
  if (book.callsOf(account.name).some((other) => other !== call && other.request === request && other.at < at)) return []
  const why = outages.mustBeOut(account, request, at)
  if (why === null) return []
  return [`${account.name} was called at ${clock(at)} for ${request.model}, though it was out: ${why}`]
}

/** So soon after a request went out its connection had been closed before. */
const STALE_WITHIN_MS = 250

/** A connection that was kept may have been closed meanwhile; its request goes out once more on a fresh one. */
const isReconnect = (first: Call | undefined, second: Call | undefined, graceMs: number) =>
  first?.fault.kind === 'dropped-before-headers' &&
  second !== undefined &&
  (first.request.stream || first.endedAt - first.at <= STALE_WITHIN_MS + graceMs)

function judgeRepeats(all: Call[], graceMs: number): string[] {
  const violations: string[] = []
  const calls = all.filter((call) => {
    const own = all.filter(({ account }) => account === call.account)
    return !(own[0] === call && isReconnect(call, own[1], graceMs))
  })
  if (calls.length > TIMES.maxAttempts) violations.push(`${calls.length} calls for one request: ${history(calls)}`)
  const paid = calls.find(({ request, fault }) => !request.stream && fault.mayHaveCost)
  if (paid !== undefined && calls.at(-1) !== paid) violations.push(`sent again though perhaps paid: ${history(calls)}`)
  for (const [account, own] of Map.groupBy(calls, (call) => call.account)) {
    const [first, second] = own
    const isRenewal =
      own.length === 2 &&
      account.type === 'oauth' &&
      (first!.fault.kind === 'revoked' || first!.fault.kind === 'stale') &&
      first!.credential !== second!.credential
    if (own.length > 1 && !isRenewal) violations.push(`${account.name} was called again for one request: ${history(calls)}`)
  }
  return violations
}

function told({ request, status, error, startedAt, endedAt, exchangeId }: Seen): string {
  const who = `${request.email} (${request.group}, ${request.model}, ${request.stream ? 'stream' : 'plain'})`
  const when = `${clock(startedAt)} to ${clock(endedAt)}`
  return `an error that could have been absorbed: ${who}, ${when}, exchange ${exchangeId}, status ${status}: ${error}`
}

function history(calls: readonly Call[]): string {
  const steps = calls.map(({ account, at, endedAt, fault }) => `${account.name} ${fault.kind} ${clock(at)}–${clock(endedAt)}`)
  return `its calls: ${steps.join(', ') || 'none'}`
}
