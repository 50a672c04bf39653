import { modelFamily } from '../../services/gateway/accounts/model-family.ts'
import { credentialOf } from '../support/gateway.ts'
import type { RecordedRequest } from '../../simulator/behaviour.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { createFaults, staleToken, type Fault, type FaultKind, type ToldCause } from './faults.ts'
import { REQUEST_HEADER, type PlannedRequest } from './requests.ts'
import { ACCOUNTS, USERS, type SoakAccount } from './scenario.ts'
import type { SoakTokenEndpoint } from './token-endpoint.ts'

/** One call as the upstream saw it. Instants are epoch milliseconds. */
export interface Call {
  /** The upstream's own number of it. */
  number: number
  request: PlannedRequest
  account: SoakAccount
  credential: string
  at: number
  /** When its response begins by plan; a response that is none has its only instant there. */
  responseAt: number
  /** When the first byte of its response had gone out, Infinity before. */
  begunAt: number
  /** Infinity while it lasts. */
  endedAt: number
  fault: Fault
}

/** Why an account is out, by what the upstream has told. `scope` is '' for all models, else a family's or model's name. */
export interface Cause {
  /** The request that was told it. */
  request: PlannedRequest
  kind: ToldCause['kind']
  scope: string
  from: number
  until: number
}

export interface UpstreamBook {
  calls: Call[]
  callsOf: (account: string) => Call[]
  causesOf: (account: string) => Cause[]
  /** When an operator put the account to use again. */
  clearedAt: Map<string, number[]>
  cleared: (account: string) => void
  injected: Map<FaultKind, number>
  /** What it must never see. */
  violations: string[]
}

/** The other side hangs up and its slot is free at once; that the connection is closed is seen here a moment later. */
const HANG_UP_SEEN_MS = 150
const SWEEP_MS = 20

/** The simulated upstream with its faults, and the book it keeps of every call. `planned` knows each request by its number. */
export async function startSoakUpstream(seed: number, tokens: SoakTokenEndpoint, planned: Map<number, PlannedRequest>) {
  const accountNames = new Map<string, SoakAccount>()
  for (const account of ACCOUNTS) if (account.type !== 'oauth') accountNames.set(credentialOf(account.name), account)
  const byName = new Map(ACCOUNTS.map((account) => [account.name, account]))
  const faults = new Map(ACCOUNTS.map((account) => [account.name, createFaults(seed, account)]))
  const perAccount = new Map(ACCOUNTS.map(({ name }) => [name, { calls: [] as Call[], causes: [] as Cause[] }]))
  const open = new Map<Call, RecordedRequest>()
  const book: UpstreamBook = {
    calls: [],
    callsOf: (account) => perAccount.get(account)!.calls,
    causesOf: (account) => perAccount.get(account)!.causes,
    clearedAt: new Map(),
    cleared(account) {
      book.clearedAt.set(account, [...(book.clearedAt.get(account) ?? []), Date.now()])
      for (const cause of book.causesOf(account)) cause.until = Math.min(cause.until, Date.now())
    },
    injected: new Map(),
    violations: []
  }
  const upstream = await startSimulatedUpstream({ record: 'none' })

  function accountOf(credential: string): SoakAccount | undefined {
    return accountNames.get(credential) ?? byName.get(tokens.accountOf(credential) ?? '')
  }

  function faultFor(call: Pick<Call, 'account' | 'credential' | 'request'>): Fault {
    const { account, credential, request } = call
    const isStale = account.type === 'oauth' && !tokens.isCurrent(credential)
    const fault = isStale
      ? staleToken()
      : faults.get(account.name)!.next({ account, model: request.model, stream: request.stream })
    if (fault.kind === 'revoked') tokens.revoke(account.name)
    return fault
  }

  upstream.setBehaviour((received) => {
    const request = planned.get(Number(received.headers[REQUEST_HEADER]))
    const credential = received.credential ?? ''
    const account = accountOf(credential)
    if (request === undefined || account === undefined) {
      book.violations.push(`a call that nobody can have wished: ${JSON.stringify(received.headers)}`)
      return {}
    }
    const fault = faultFor({ account, credential, request })
    const at = Date.now()
    const { delayHeadersMs = 0, delayFirstEventMs = 0 } = fault.behaviour
    const responseAt = at + delayHeadersMs + delayFirstEventMs
    const call: Call = {
      number: received.number,
      request,
      account,
      credential,
      at,
      responseAt,
      begunAt: Infinity,
      endedAt: Infinity,
      fault
    }
    book.calls.push(call)
    perAccount.get(account.name)!.calls.push(call)
    book.injected.set(fault.kind, (book.injected.get(fault.kind) ?? 0) + 1)
    if (fault.cause !== null) perAccount.get(account.name)!.causes.push(causeOf(fault.cause, request, responseAt))
    sweep()
    open.set(call, received)
    watchLimit(`account ${account.name}`, account.concurrency, (other) => other.account === account)
    const user = USERS.find(({ email }) => email === request.email)!
    watchLimit(`user ${user.email}`, user.concurrency, (other) => other.request.email === request.email)
    return fault.behaviour
  }, 'head')

  function sweep(): void {
    for (const [call, received] of open) {
      if (received.bytesSent > 0 && call.begunAt === Infinity) call.begunAt = Date.now()
      if (!received.answered && !received.closedEarly) continue
      call.endedAt = Date.now()
      open.delete(call)
    }
  }

  /** Too many at once is a fault unless some of them had been hung up on already. */
  function watchLimit(subject: string, limit: number, isOne: (call: Call) => boolean): void {
    const together = [...open].filter(([call]) => isOne(call))
    if (limit === 0 || together.length <= limit) return
    const at = new Date().toISOString()
    setTimeout(() => {
      const kept = together.filter(([, received]) => !received.closedEarly)
      if (kept.length > limit) book.violations.push(`${subject} had ${kept.length} calls in flight, not ${limit}, at ${at}`)
    }, HANG_UP_SEEN_MS)
  }

  const sweeping = setInterval(sweep, SWEEP_MS)
  return {
    upstream,
    book,
    renewed: (account: string) => faults.get(account)?.renewed(),
    async close() {
      clearInterval(sweeping)
      await upstream.close()
    }
  }
}

function causeOf({ kind, scope, lastsMs }: ToldCause, request: PlannedRequest, from: number): Cause {
  const { model } = request
  const name = scope === 'all' ? '' : scope === 'family' ? modelFamily(model) : model
  return { request, kind, scope: name, from, until: lastsMs === null ? Infinity : from + lastsMs }
}
