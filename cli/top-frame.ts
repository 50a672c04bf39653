import { counted } from '../services/platform/counted.ts'
import { cut } from './characters.ts'
import { layTable } from './print-table.ts'
import { printable } from './printable.ts'
import { inBytes } from './progress.ts'
import type { Column } from './table-layout.ts'

/** What `GET /overview` of the admin API answers. */
export interface Overview {
  at: string
  version: string
  phase: string
  database: string
  slots: string
  replicas: number
  journal: { bytes: number; oldest_age_ms: number | null; accepting: boolean }
  in_flight: number | null
  upstream: number | null
  waiting: number | null
  users: OverviewUser[]
  users_left_out: number
  accounts: OverviewAccount[]
  /** Left out by a server of before there were brakes. */
  paused?: number
  /** The tightest first; left out by a server of before there were teams. */
  teams?: OverviewTeam[]
  teams_left_out?: number
  unserved_groups: { name: string; reason: string }[]
  usage: OverviewUsage[] | null
}

interface OverviewUser {
  name: string
  limit: number
  in_flight: number
  waiting: number
  /** Left out by a server of before they were told. */
  waiting_sessions?: { session: string | null; waiting: number }[]
  waiting_sessions_left_out?: number
}

interface OverviewAccount {
  name: string
  state: string
  limit: number
  in_flight: number | null
  waiting: number | null
  error: string | null
  cooldown_until: string | null
  cooldown_reason: string | null
  windows: { name: string; utilization: number | null; resets_at: string | null }[]
}

interface OverviewTeam {
  name: string
  /** The tightest first. */
  windows: { kind: string; limit_usd: string; used_usd: string }[]
  reserved_usd: string
}

interface OverviewUsage {
  seconds: number
  requests: number
  errors: number
  input_tokens: number
  output_tokens: number
  cache_creation_tokens: number
  cache_read_tokens: number
  cost_usd: string
  charged_usd: string
}

export interface TopState {
  /** Whom the overview is from. */
  server: string
  overview: Overview
  /** Since when the server has not answered, and why; null while it does. */
  silence: { ms: number; reason: string } | null
}

export interface FrameSize {
  width: number
  /** Infinity shows all. */
  height: number
}

const USAGE: Column[] = [
  { heading: 'PER MINUTE', rank: 'known' },
  { heading: 'ATTEMPTS', right: true },
  { heading: 'ERRORS', right: true },
  { heading: 'INPUT', right: true },
  { heading: 'OUTPUT', right: true },
  { heading: 'CACHE WRITES', right: true },
  { heading: 'CACHE READS', right: true },
  { heading: 'COST USD', right: true, rank: 'lesser' },
  { heading: 'CHARGED', right: true }
]

const USERS: Column[] = [
  { heading: 'WAITING', right: true, rank: 'known' },
  { heading: 'HELD', right: true, rank: 'known' },
  { heading: 'USER', rank: 'known', is: 'name' }
]
/** Shown while some wait. */
const SESSIONS: Column = { heading: 'WAITING BY SESSION', is: 'prose', rank: 'lesser' }

const TEAMS: Column[] = [
  { heading: 'USED', right: true },
  { heading: 'SPENT USD', right: true, rank: 'known' },
  { heading: 'RESERVED', right: true, rank: 'lesser' },
  { heading: 'TEAM', rank: 'known', is: 'name' },
  { heading: 'PER' }
]

const ACCOUNTS: Column[] = [
  { heading: 'WAITING', right: true },
  { heading: 'HELD', right: true },
  { heading: 'ACCOUNT', rank: 'known', is: 'name' },
  { heading: 'STATE' },
  { heading: 'HEALTH', is: 'prose' }
]

/** What `sluice top` shows: at most `height` lines of at most `width` characters, none of which steers the terminal. */
export function frameLines(state: TopState, { width, height }: FrameSize): string[] {
  const { overview } = state
  const head = [...headLines(state), '', ...usageLines(overview.usage, width), '']
  const teams = teamLines(overview, width, Math.max(0, height - head.length))
  const left = Math.max(0, height - head.length - teams.length)
  const users = userTable(overview, width)
  const accounts = accountTable(overview, width)
  // Accounts are fewer as a rule: they go first, and leave users a third of the room at least.
  const forUsers = Math.max(Math.floor(left / 3), left - accounts.length - 1)
  const shownUsers = fitted(users, Math.min(users.length, forUsers), overview.users_left_out)
  const shownAccounts = fitted(accounts, left - shownUsers.length - 1, 0)
  return [...head, ...shownUsers, '', ...teams, ...shownAccounts]
    .slice(0, height)
    .map((line) => cut(printable(line).trimEnd(), width))
}

function headLines({ server, overview, silence }: TopState): string[] {
  const { at, version, in_flight: inFlight, upstream, waiting, replicas, slots, database, journal } = overview
  const warnings = [
    ...(silence === null ? [] : [`no response for ${inSeconds(silence.ms)}: ${silence.reason}`]),
    ...degradations(overview)
  ]
  return [
    `sluice top  ${server}  ${version}  ${at.slice(0, 19).replace('T', ' ')} UTC`,
    `${orUnknown(inFlight)} in flight, ${orUnknown(upstream)} of them upstream; ${orUnknown(waiting)} waiting`,
    `${counted(replicas, 'replica')}, slots ${slots}, database ${database}, journal ${inBytes(journal.bytes)}`,
    ...warnings.map((warning) => `! ${warning}`)
  ]
}

/** Settling takes a second; so long it is held up. */
const OLD_USAGE_MS = 30_000

function degradations({ phase, database, slots, journal, paused = 0, unserved_groups: unserved }: Overview): string[] {
  const age = journal.oldest_age_ms
  return [
    ...(phase === 'running' ? [] : ['the server is shutting down']),
    ...(database === 'ok' ? [] : ['the database is away: keys are served from memory, and usage waits in the journal']),
    ...(slots === 'local' ? ['Redis is away: each replica counts slots by itself'] : []),
    ...(slots === 'rejoining' ? ['Redis is back: replicas are telling it what they hold'] : []),
    ...(journal.accepting ? [] : ['the journal takes no more: new requests are refused']),
    ...(age !== null && age > OLD_USAGE_MS ? [`usage has waited for ${inSeconds(age)} to be settled`] : []),
    ...(paused === 0
      ? []
      : [`${counted(paused, 'key, session or agent', 'keys, sessions or agents')} paused: sluice pauses list --status active`]),
    ...unserved.map(({ name, reason }) => `no account can serve the keys of ${name}: ${reason}`)
  ]
}

function usageLines(usage: OverviewUsage[] | null, width: number): string[] {
  if (usage === null) return ['what was used cannot be told now']
  const rows = usage.map((span) => {
    const minutes = span.seconds / 60
    const perMinute = (count: number) => inShort(count / minutes)
    return [
      `over ${minutes} min`,
      perMinute(span.requests),
      perMinute(span.errors),
      perMinute(span.input_tokens),
      perMinute(span.output_tokens),
      perMinute(span.cache_creation_tokens),
      perMinute(span.cache_read_tokens),
      inUsd(Number(span.cost_usd) / minutes),
      inUsd(Number(span.charged_usd) / minutes)
    ]
  })
  return layTable(USAGE, rows, width).lines
}

function userTable({ users }: Overview, width: number): string[] {
  const rows = users.map((user) => [String(user.waiting), held(user), user.name, sessionsOf(user)])
  const isTold = rows.some(([, , , sessions]) => sessions !== '')
  return layTable(isTold ? [...USERS, SESSIONS] : USERS, isTold ? rows : rows.map((row) => row.slice(0, 3)), width).lines
}

/** Few are worth a look: those that are nearly used up come first. They leave the others three quarters of the room. */
function teamLines({ teams = [], teams_left_out: leftOut = 0 }: Overview, width: number, room: number): string[] {
  const rows = teams.flatMap(({ name, windows: [tightest], reserved_usd: reserved }) => {
    if (tightest === undefined) return []
    const [used, limit] = [Number(tightest.used_usd), Number(tightest.limit_usd)]
    const share = `${Math.round((used / limit) * 100)} %`
    return [[share, `${inUsd(used)}/${tightest.limit_usd}`, inUsd(Number(reserved)), name, tightest.kind]]
  })
  if (rows.length === 0) return []
  const { lines } = layTable(TEAMS, rows, width)
  const most = Math.floor(room / 4) - 1
  // A heading, and how many more there are, say nothing.
  return most < Math.min(lines.length, 3) ? [] : [...fitted(lines, most, leftOut), '']
}

/** How many requests of each session wait, with the first few characters that tell it from others. */
function sessionsOf({ waiting_sessions: sessions = [], waiting_sessions_left_out: leftOut = 0 }: OverviewUser): string {
  const told = sessions.map(({ session, waiting }) => `${session ?? 'none'} ${waiting}`)
  return [...told, ...(leftOut === 0 ? [] : [`and ${leftOut} more`])].join(', ')
}

function accountTable({ accounts }: Overview, width: number): string[] {
  const rows = accounts.map((account) => [
    orUnknown(account.waiting),
    held(account),
    account.name,
    account.state.replaceAll('_', ' '),
    healthOf(account)
  ])
  return layTable(ACCOUNTS, rows, width).lines
}

function healthOf({ error, cooldown_until: until, cooldown_reason: because, windows }: OverviewAccount): string {
  const used = windows.flatMap(({ name, utilization }) =>
    utilization === null ? [] : [`${name} ${Math.round(utilization * 100)} %`]
  )
  return [
    ...used,
    ...(until === null ? [] : [`until ${until.slice(11, 19)} UTC: ${because ?? ''}`]),
    ...(error === null ? [] : [error])
  ].join(', ')
}

const held = ({ in_flight: inFlight, limit }: { in_flight: number | null; limit: number }) =>
  `${orUnknown(inFlight)}/${limit === 0 ? '-' : limit}`

/** The first lines, and how many more there would be. */
function fitted(table: string[], room: number, leftOut: number): string[] {
  if (room <= 0) return []
  const missing = Math.max(0, table.length - room)
  if (missing + leftOut === 0) return table
  const shown = table.slice(0, Math.max(0, Math.min(table.length, room - 1)))
  return [...shown, `and ${table.length - shown.length + leftOut} more`]
}

const orUnknown = (count: number | null) => (count === null ? '?' : String(count))

const inSeconds = (ms: number) => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`)

const inUsd = (usd: number) => usd.toFixed(usd >= 10 ? 2 : 4)

function inShort(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)}M`
  if (count >= 1e4) return `${(count / 1e3).toFixed(1)}k`
  return Number.isInteger(count) ? String(count) : count.toFixed(1)
}
