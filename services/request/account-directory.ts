import type { Clock } from '../clock.ts'
import { databaseAway } from '../gateway-errors.ts'
import type { AccountRecord } from '../records/accounts.ts'
import type { SecretBox } from '../secrets.ts'
import type { AccountCandidate } from '../slots/slots.ts'

/** An account as forwarding needs it. */
export interface UpstreamAccount {
  id: string
  name: string
  origin: string
  /** The path of the base URL, without a trailing slash. */
  basePath: string
  /** The headers that authenticate Sluice to the upstream. */
  credential: Record<string, string>
  /** Requested model to actual model; an account with a mapping serves exactly its keys. Empty = serves all as they are. */
  modelMapping: ReadonlyMap<string, string>
}

/** The accounts of one group that could serve one model now. */
export interface AccountChoice {
  candidates: AccountCandidate[]
  /** Why there is none, for the client and the log. */
  reason: string
}

export interface AccountDirectoryOptions {
  read: () => Promise<AccountRecord[]>
  secretBox: SecretBox
  defaultBaseUrl: string
  clock: Clock
  freshMs: number
  /** An account that cannot be used because its credentials cannot be read. */
  onUnreadable: (accountName: string, error: unknown) => void
}

export interface AccountDirectory {
  /** Rejects with 503 when the accounts were never read and the database is away. */
  choiceFor: (groupId: string, groupName: string, model: string) => Promise<AccountChoice>
  get: (accountId: string) => UpstreamAccount
  expire: () => void
}

interface Snapshot {
  records: AccountRecord[]
  accounts: Map<string, UpstreamAccount>
  choices: Map<string, AccountChoice>
  readAt: number
}

/** Model names come from clients: not every one that was ever asked for is remembered. */
const MAX_CHOICES = 1000

/**
 * The accounts, read now and then and kept ready to use. A snapshot that has grown old is still used while the next is
 * being read, so that requests do not wait for it; after a change notice they do.
 */
export function createAccountDirectory(options: AccountDirectoryOptions): AccountDirectory {
  const { clock, freshMs } = options
  let snapshot: Snapshot | null = null
  let reading: Promise<Snapshot> | null = null
  let expired = false

  function toUpstream(record: AccountRecord): UpstreamAccount | null {
    try {
      const credentials = JSON.parse(options.secretBox.open(record.credentials, `account:${record.name}`)) as {
        api_key: string
      }
      const url = new URL(record.baseUrl ?? options.defaultBaseUrl)
      return {
        id: record.id,
        name: record.name,
        origin: url.origin,
        basePath: url.pathname.replace(/\/+$/, ''),
        credential: { 'x-api-key': credentials.api_key },
        modelMapping: new Map(Object.entries(record.modelMapping))
      }
    } catch (error) {
      options.onUnreadable(record.name, error)
      return null
    }
  }

  async function readSnapshot(): Promise<Snapshot> {
    const readAt = clock.now()
    const wasExpired = expired
    expired = false
    const records = await options.read().catch((error: unknown) => {
      expired ||= wasExpired
      throw error
    })
    const upstreams = records.map(toUpstream).filter((account) => account !== null)
    snapshot = { records, accounts: new Map(upstreams.map((account) => [account.id, account])), choices: new Map(), readAt }
    return snapshot
  }

  function refresh(): Promise<Snapshot> {
    reading ??= readSnapshot().finally(() => {
      reading = null
    })
    return reading
  }

  async function current(): Promise<Snapshot> {
    if (snapshot !== null && !expired) {
      if (clock.now() - snapshot.readAt >= freshMs && reading === null) {
        // The next requests go on with what is known; should the read fail, they do so until one succeeds.
        refresh().catch(() => {})
      }
      return snapshot
    }
    try {
      return await refresh()
    } catch (error) {
      if (snapshot !== null) return snapshot
      throw databaseAway(error)
    }
  }

  function choose({ records, accounts }: Snapshot, groupId: string, groupName: string, model: string): AccountChoice {
    const inGroup = records.filter((record) => record.groups.some((group) => group.id === groupId))
    const usable = inGroup.filter((record) => record.status === 'active' && record.schedulable && accounts.has(record.id))
    const serving = usable.filter((record) => {
      const mapping = accounts.get(record.id)!.modelMapping
      return mapping.size === 0 || mapping.has(model)
    })
    const candidates = serving.map((record) => ({
      accountId: record.id,
      limit: record.concurrency,
      priority: record.groups.find((group) => group.id === groupId)?.priority ?? record.priority
    }))
    const reason =
      inGroup.length === 0
        ? `group ${groupName} has no accounts`
        : usable.length === 0
          ? `no account of group ${groupName} is active`
          : `no account of group ${groupName} serves ${model}`
    return { candidates, reason }
  }

  return {
    async choiceFor(groupId, groupName, model) {
      const now = await current()
      const name = `${groupId} ${model}`
      let choice = now.choices.get(name)
      if (choice === undefined) {
        choice = choose(now, groupId, groupName, model)
        if (now.choices.size < MAX_CHOICES) now.choices.set(name, choice)
      }
      return choice
    },
    get(accountId) {
      const account = snapshot?.accounts.get(accountId)
      if (account === undefined) throw new Error(`account ${accountId} is not in the directory`)
      return account
    },
    expire() {
      expired = true
    }
  }
}
