import type { AskAdmin } from './admin-client.ts'
import { cellOf } from './cells.ts'
import { UsageError } from './failures.ts'
import { listRows } from './operated-rows.ts'
import { printTable } from './print-table.ts'
import type { Column } from './table-layout.ts'

/** An account as the admin API shows it. */
export interface Account {
  id: string
  name: string
  type: 'api-key' | 'oauth' | 'setup-token'
  status: string
  schedulable: boolean
  cooldowns: { kind: string; scope: string | null; reason: string; until: string }[]
  windows: { name: string; utilization: number | null; resets_at: string | null }[]
  error: string | null
  concurrency: number
  priority: number
  groups: string[]
  owner: string | null
  shared: boolean
  note: string | null
}

const COLUMNS: Column[] = [
  { heading: 'NAME', rank: 'known', is: 'name' },
  { heading: 'TYPE', rank: 'lesser' },
  { heading: 'STATUS' },
  { heading: 'SLOTS', rank: 'lesser' },
  { heading: 'PRIORITY', rank: 'lesser' },
  { heading: 'GROUPS', is: 'prose', rank: 'lesser' },
  { heading: 'OWNER', is: 'name', rank: 'lesser' },
  { heading: 'HEALTH', is: 'prose' },
  { heading: 'NOTE', is: 'prose', rank: 'lesser' }
]

export const listAccounts = (ask: AskAdmin, filters: Record<string, string> = {}) =>
  listRows<Account>(ask, '/accounts', filters)

export async function findAccount(ask: AskAdmin, name: string): Promise<Account> {
  const accounts = await listAccounts(ask)
  const account = accounts.find((entry) => entry.name === name)
  if (account !== undefined) return account
  const names = accounts.map((entry) => entry.name).join(', ')
  throw new UsageError(
    `there is no account ${name}${names === '' ? ', and no other: sluice accounts add NAME makes one' : `; known: ${names}`}`
  )
}

export function printAccounts(accounts: readonly Account[], { isSearched = false } = {}): void {
  if (accounts.length === 0 && isSearched) return console.log('Nothing found.')
  if (accounts.length === 0) {
    console.log('There are no accounts yet: sluice accounts add NAME makes one, and so does sluice apply -f sluice.yaml.')
    return
  }
  printTable(
    COLUMNS,
    accounts.map((account) => [
      account.name,
      account.type,
      account.schedulable ? account.status : `${account.status}, paused`,
      account.concurrency === 0 ? 'no limit' : String(account.concurrency),
      String(account.priority),
      cellOf(account.groups),
      ownerOf(account),
      healthOf(account).join('; ') || '-',
      cellOf(account.note)
    ])
  )
}

const ownerOf = ({ owner, shared }: Account) =>
  [owner, ...(shared ? ['shared'] : [])].filter((part) => part !== null).join(', ') || '-'

/** What keeps it from serving, and how much of its usage windows is used. */
function healthOf({ error, cooldowns, windows }: Account): string[] {
  return [
    ...(error === null ? [] : [error]),
    ...cooldowns.map(noteOnCooldown),
    ...windows.flatMap(({ name, utilization, resets_at: resetsAt }) => {
      if (utilization === null) return []
      return [`${name} ${Math.round(utilization * 100)} % used${resetsAt === null ? '' : ` until ${resetsAt}`}`]
    })
  ]
}

/** What doesn't end by time: from then on single requests try the account. */
const TRIED: Record<string, string> = { failures: 'breaker open', unauthorized: 'its credential is in doubt' }

function noteOnCooldown({ kind, until, scope, reason }: Account['cooldowns'][number]): string {
  const tried = TRIED[kind]
  const what = tried === undefined ? 'cooling down until' : `${tried}, tried again from`
  return `${what} ${until}${scope === null ? '' : ` for ${scope}`}: ${reason}`
}
