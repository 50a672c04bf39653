import type { Clock } from '../../platform/clock.ts'
import type { Readings } from '../../platform/database/readings.ts'
import { parseProxyUrl, type ProxyUrl } from '../../platform/network/proxy-url.ts'
import type { AccountRecord, AccountType, ApiKeyAuth } from '../../resources/records/accounts.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import { openCredentials, signInProblem, type AccountCredentials } from '../../resources/accounts/credentials.ts'
import { whyNoAccount } from '../../resources/accounts/why-no-account.ts'
import { mappedName, upstreamModelOf, upstreamModelsOf } from '../../resources/accounts/model-mapping.ts'

/** An account as forwarding needs it. */
export interface UpstreamAccount {
  id: string
  name: string
  type: AccountType
  origin: string
  /** The path of the base URL, without a trailing slash. */
  basePath: string
  proxy: ProxyUrl | null
  credentials: AccountCredentials
  auth: ApiKeyAuth
  headerProfile: boolean
  /** The only user whose keys it serves; null = everybody's. */
  servesUserId: string | null
}

/** An account that is set up to serve a group and a model. */
export interface ServingAccount {
  account: UpstreamAccount
  /** The model's name at this account. */
  upstreamModel: string
  /** 0 = no limit. */
  limit: number
  /** Within the group; the smaller is preferred. */
  priority: number
}

/** An account of the group that is not used, and why. */
export interface PassedOver {
  account: string
  state:
    | 'in error'
    | 'not signed in'
    | 'disabled'
    | 'not schedulable'
    | 'of another user'
    | 'cooling down'
    | 'without the model'
    | 'tried'
  reason: string
}

/** The accounts of one group that are set up for one model; it does not decide which of them is used next. */
export interface AccountChoice {
  serving: ServingAccount[]
  passedOver: PassedOver[]
  /** Why no account serves, for the client and the log. */
  reason: string
}

/** Where the upstream with a base URL is. */
export function upstreamAddress(baseUrl: string): Pick<UpstreamAccount, 'origin' | 'basePath'> {
  const { origin, pathname } = new URL(baseUrl)
  return { origin, basePath: pathname.replace(/\/+$/, '') }
}

interface ChoosingGroup {
  id: string
  name: string
  modelMapping: Readonly<Record<string, string>>
}

interface AccountDirectoryOptions {
  read: () => Promise<AccountRecord[]>
  secretBox: SecretBox
  defaultBaseUrl: string
  clock: Clock
  readings: Readings
  /** An account that cannot be used because its secrets cannot be read. */
  onUnreadable: (accountName: string, error: unknown) => void
  /** Called with what a read found, before it is used; `readAt` is when the read began. */
  onRead: (records: readonly AccountRecord[], readAt: number) => void
}

export interface AccountDirectory {
  /** Reads the accounts unless they are known already. Rejects with 503 when the database is away. */
  load: () => Promise<void>
  /** Rejects with 503 when the accounts were never read and the database is away. */
  choiceFor: (group: ChoosingGroup, model: string) => Promise<AccountChoice>
  /**
   * Model names that clients of the group may ask for beyond the price book's, or instead of them: see ModelOffer. Rejects in the
   * same cases.
   */
  offerFor: (group: ChoosingGroup, userId: string) => Promise<ModelOffer>
  /** Null when the account is gone or its secrets cannot be read. Rejects in the same cases. */
  find: (accountId: string) => Promise<UpstreamAccount | null>
  /**
   * Why an account has no credential: it cannot be read, or nobody has signed in. Null when it has one or the account is unknown.
   */
  problemOf: (accountId: string) => string | null
  /** The active accounts with the same origin and proxy as this one, including itself, by id. */
  peersOf: (accountId: string) => readonly string[]
  /** All accounts, as last read. */
  known: () => readonly AccountRecord[]
}

/** How the accounts of a group map model names. */
interface ModelOffer {
  /** Names that exist only in a mapping, each with the model it maps to. */
  mappedNames: ReadonlyMap<string, string>
  serves: (model: string) => boolean
}

interface Snapshot {
  records: AccountRecord[]
  byId: ReadonlyMap<string, AccountRecord>
  accounts: Map<string, UpstreamAccount>
  problems: Map<string, string>
  choices: Map<string, AccountChoice>
  /** By account. */
  peers: Map<string, readonly string[]>
}

/** Model names come from clients, so the number remembered is bounded. */
const MAX_CHOICES = 1000

/** Keeps the accounts in memory, ready to use. */
export function createAccountDirectory(options: AccountDirectoryOptions): AccountDirectory {
  const { clock, readings, secretBox } = options
  const snapshot = readings.keep('accounts', { read: readSnapshot })

  function toUpstream(record: AccountRecord): UpstreamAccount {
    const { proxy } = record
    return {
      id: record.id,
      name: record.name,
      type: record.type,
      ...upstreamAddress(record.baseUrl ?? options.defaultBaseUrl),
      proxy: proxy === null ? null : parseProxyUrl(secretBox.open(proxy.url, `proxy:${proxy.name}`)),
      credentials: openCredentials(secretBox, record.name, record.type, record.credentials),
      auth: record.auth,
      headerProfile: record.headerProfile,
      servesUserId: record.shared ? null : record.ownerId
    }
  }

  /** What is sealed is opened once: most accounts are as they were at the last reading. */
  function upstreamOf(record: AccountRecord): UpstreamAccount {
    const before = snapshot.last()
    const [was, account] = [before?.byId.get(record.id), before?.accounts.get(record.id)]
    return was !== undefined && account !== undefined && isReachedAlike(was, record) ? account : toUpstream(record)
  }

  async function readSnapshot(): Promise<Snapshot> {
    const readAt = clock.uptime()
    const records = await options.read()
    const byId = new Map(records.map((record) => [record.id, record]))
    const next: Snapshot = { records, byId, accounts: new Map(), problems: new Map(), choices: new Map(), peers: new Map() }
    for (const record of records) {
      try {
        next.accounts.set(record.id, upstreamOf(record))
      } catch (error) {
        next.problems.set(record.id, (error as Error).message)
        // Reported once, not with every read.
        if (snapshot.last()?.problems.get(record.id) !== (error as Error).message) options.onUnreadable(record.name, error)
      }
    }
    next.peers = peersIn(next)
    options.onRead(records, readAt)
    return next
  }

  return {
    async load() {
      await snapshot.current()
    },

    async choiceFor(group, model) {
      const now = await snapshot.current()
      // The model may be any text, so it comes last: no two choices share a name.
      const name = `${group.id}\n${mappedName(group.modelMapping, model) ?? ''}\n${model}`
      let choice = now.choices.get(name)
      if (choice === undefined) {
        choice = choose(now, group, model)
        if (now.choices.size < MAX_CHOICES) now.choices.set(name, choice)
      }
      return choice
    },

    async offerFor(group, userId) {
      const { records, accounts } = await snapshot.current()
      const offering = records.filter((record) => {
        const servesUserId = accounts.get(record.id)?.servesUserId
        return isIn(record, group) && record.status !== 'disabled' && (servesUserId ?? userId) === userId
      })
      const accepted = offering.map(({ acceptedModels }) => Object.fromEntries(acceptedModels.map((name) => [name, name])))
      const mappings = [...accepted, group.modelMapping, ...offering.map(({ modelMapping }) => modelMapping)]
      const serves = (model: string) => offering.some((record) => upstreamModelOf(record, group, model) !== null)
      return {
        serves,
        mappedNames: new Map(mappings.flatMap(Object.entries<string>).filter(([requested]) => serves(requested)))
      }
    },

    async find(accountId) {
      return (await snapshot.current()).accounts.get(accountId) ?? null
    },

    problemOf(accountId) {
      const last = snapshot.last()
      return last?.problems.get(accountId) ?? unsigned(last?.accounts.get(accountId))
    },

    peersOf: (accountId) => snapshot.last()?.peers.get(accountId) ?? [accountId],

    known: () => snapshot.last()?.records ?? []
  }
}

/** Whether all is the same that an upstream account is made of. */
function isReachedAlike(a: AccountRecord, b: AccountRecord): boolean {
  return (
    ALIKE.every((field) => a[field] === b[field]) &&
    a.credentials.equals(b.credentials) &&
    a.proxy?.name === b.proxy?.name &&
    (a.proxy === null || b.proxy === null || a.proxy.url.equals(b.proxy.url))
  )
}

const ALIKE = ['name', 'type', 'baseUrl', 'auth', 'headerProfile', 'shared', 'ownerId'] as const

function peersIn({ byId, accounts }: Snapshot): Map<string, readonly string[]> {
  const wayOf = (account: UpstreamAccount) => `${account.origin} ${account.proxy?.href ?? ''}`
  const isActive = ({ id }: UpstreamAccount) => byId.get(id)?.status === 'active'
  const peers = new Map<string, readonly string[]>()
  for (const group of Map.groupBy(accounts.values(), wayOf).values()) {
    const active = group
      .filter(isActive)
      .map(({ id }) => id)
      .toSorted()
    for (const account of group) {
      peers.set(account.id, isActive(account) ? active : [...active, account.id].toSorted())
    }
  }
  return peers
}

function isIn(record: AccountRecord, group: ChoosingGroup): boolean {
  return record.groups.some(({ id }) => id === group.id)
}

function choose({ records, accounts, problems }: Snapshot, group: ChoosingGroup, model: string): AccountChoice {
  const inGroup = records.filter((record) => isIn(record, group))
  const upstreamModels = upstreamModelsOf(inGroup, group, model)
  const serving: ServingAccount[] = []
  const passedOver: PassedOver[] = []
  let active = 0
  for (const record of inGroup) {
    const account = accounts.get(record.id)
    const away = whyAway(record, problems.get(record.id) ?? null, unsigned(account))
    if (away === null) active += 1
    const upstreamModel = upstreamModels.get(record) ?? null
    if (away !== null || account === undefined) {
      passedOver.push({ account: record.name, ...(away ?? { state: 'in error', reason: 'gone' }) })
    } else if (upstreamModel === null) {
      passedOver.push({ account: record.name, state: 'without the model', reason: `does not serve ${model}` })
    } else {
      const priority = record.groups.find(({ id }) => id === group.id)?.priority ?? record.priority
      serving.push({ account, upstreamModel, limit: record.concurrency, priority })
    }
  }
  const reason =
    whyNoAccount(group.name, { all: inGroup.length, active, own: active }) ??
    `no account of group ${group.name} serves ${model}`
  return { serving, passedOver, reason }
}

const unsigned = (account: UpstreamAccount | undefined) =>
  account === undefined ? null : signInProblem(account.name, account.credentials)

function whyAway(
  { status, error, schedulable }: AccountRecord,
  unreadable: string | null,
  unsigned: string | null
): Omit<PassedOver, 'account'> | null {
  if (status === 'disabled') return { state: 'disabled', reason: 'disabled' }
  if (unreadable !== null) return { state: 'in error', reason: unreadable }
  if (unsigned !== null) return { state: 'not signed in', reason: unsigned }
  if (status === 'error') return { state: 'in error', reason: `in error: ${error ?? 'no reason noted'}` }
  return schedulable ? null : { state: 'not schedulable', reason: 'not schedulable' }
}
