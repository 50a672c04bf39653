import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../cli/declared-form.ts'
import { findAll } from '../../cli/export.ts'
import { declaredFields, type Values } from '../../services/resources/definition.ts'
import { DEFINITIONS } from '../../services/resources/definitions.ts'
import { parseDeclarativeFile } from '../../services/resources/set-up/declarative-file.ts'
import { fc, times } from '../support/fuzz.ts'
import { ADMIN_TOKEN, startGateway } from '../support/gateway.ts'

const KINDS = ['groups', 'proxies', 'accounts', 'users', 'keys', 'subscriptions', 'workloadRules', 'teams', 'raises'] as const

/** These are given where they belong: the user of a key, or secrets that no list shows. */
const GIVEN_ELSEWHERE = new Set(['keys.user', 'keys.key', 'subscriptions.user', 'accounts.credentials', 'accounts.headers'])

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
/** Names that a file has to quote, or that look like variables. */
const name = fc.oneof(word, fc.constantFrom('${HOME}', 'two words', '1', 'null', "it's: #1", '- x', 'Ärger'))
const models = fc.uniqueArray(fc.constantFrom('claude-opus-5-5', 'claude-haiku-5-5', 'm[1m]'), { minLength: 1 })
const usd = fc.tuple(fc.nat(999), fc.nat(999_999_999)).map(([whole, nano]) => `${whole}.${String(nano).padStart(9, '0')}`)
const instant = fc.integer({ min: Date.UTC(2027, 0, 1), max: Date.UTC(2090, 0, 1) }).map((at) => new Date(at).toISOString())
const status = fc.constantFrom('active', 'disabled')
const flag = fc.boolean()
const mapping = fc.dictionary(word, fc.constantFrom('claude-opus-5-5', 'claude-haiku-5-5'), { maxKeys: 2 })

const note = fc.stringMatching(/^[\x20-\x7eäß€]{1,40}$/)

/** What a file would read otherwise anywhere else. */
const managed = fc
  .dictionary(
    fc.constantFrom('permissions', 'daily', 'Ärger', '1', '~', 'a: b'),
    fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }),
    {
      maxKeys: 3
    }
  )
  .filter((settings) => !JSON.stringify(settings).includes('__proto__'))

const group = fc.record(
  {
    name,
    kind: fc.constant('balance'),
    status,
    rate_multiplier: fc.constantFrom('0', '1', '1.25', '0.000001'),
    window_anchor: fc.constantFrom('first-use', 'calendar'),
    time_zone: fc.constantFrom('UTC', 'Europe/Berlin'),
    allowed_models: models,
    model_mapping: mapping,
    managed_settings: managed,
    note
  },
  { requiredKeys: ['name', 'kind'] }
)
const plan = fc.record(
  { name, kind: fc.constant('subscription'), daily_limit_usd: usd, weekly_limit_usd: usd, monthly_limit_usd: usd },
  { requiredKeys: ['name', 'kind'] }
)
const proxy = fc.record(
  { name, url: word.map((host) => `http://u:p@${host}.example:3128`), note },
  { requiredKeys: ['name', 'url'] }
)
const account = fc.record(
  {
    name,
    type: fc.constant('api-key'),
    credentials: word.map((key) => ({ api_key: `sk-${key}` })),
    headers: fc.constant({ 'x-team': 'a' }),
    auth: fc.constantFrom('x-api-key', 'bearer'),
    base_url: word.map((host) => `https://${host}.example/api`),
    concurrency: fc.nat(50),
    priority: fc.integer({ min: -9, max: 9 }),
    model_mapping: mapping,
    accept: fc.constant(['glm-5']),
    status,
    schedulable: flag,
    note
  },
  { requiredKeys: ['name', 'type', 'credentials'] }
)
const signIn = fc.record(
  {
    name,
    type: fc.constantFrom('oauth', 'setup-token'),
    shared: fc.constant(true),
    header_profile: flag,
    allowed_models: models
  },
  { requiredKeys: ['name', 'type', 'shared'] }
)
const key = fc.record(
  {
    name,
    status,
    expires_at: instant,
    allowed_ips: fc.constantFrom(['10.0.0.0/8'], ['192.0.2.1', '2001:db8::/32']),
    allowed_models: models,
    spend_limits: fc.record({ daily: usd, weekly: usd, monthly: usd, total: usd }, { requiredKeys: [] }),
    brakes: fc.record(
      { session_spend_usd: usd, key_requests: fc.nat(100), identical_action: fc.constantFrom('off', 'warn', 'pause') },
      { requiredKeys: [] }
    ),
    note
  },
  { requiredKeys: ['name'] }
)
const user = fc.record(
  {
    email: word.map((local) => `${local}@example.com`),
    role: fc.constantFrom('admin', 'viewer', 'user'),
    status,
    concurrency: fc.nat(20),
    balance_usd: usd,
    keys: fc.uniqueArray(key, { maxLength: 3, selector: (one) => one.name }),
    note
  },
  { requiredKeys: ['email'] }
)
const term = fc.record(
  { days: fc.integer({ min: 1, max: 400 }), starts_at: instant, status: fc.constantFrom('active', 'suspended') },
  { requiredKeys: ['days'] }
)

const rule = fc.record(
  {
    name,
    issuer: word.map((host) => `https://${host}.example`),
    audience: name,
    conditions: fc.dictionary(
      fc.constantFrom('sub', 'kubernetes.io.namespace', 'ref'),
      fc.constantFrom('${HOME}', 'acme/*', 'x y'),
      {
        minKeys: 1
      }
    ),
    priority: fc.nat(99),
    status,
    allowed_models: models,
    spend_limits: fc.record({ daily: usd, weekly: usd, monthly: usd, total: usd }, { requiredKeys: [] }),
    concurrency: fc.nat(20),
    life_minutes: fc.integer({ min: 1, max: 60 }),
    note
  },
  { requiredKeys: ['name', 'issuer', 'conditions'] }
)

const share = fc.record({ daily: usd, weekly: usd, monthly: usd }, { requiredKeys: [] })
const team = fc.record(
  {
    name,
    status,
    // Whatever is guaranteed by then, it is less.
    daily_limit_usd: usd.map((amount) => `9${amount.padStart(13, '0')}`),
    weekly_limit_usd: usd.map((amount) => `9${amount.padStart(13, '0')}`),
    monthly_limit_usd: usd.map((amount) => `9${amount.padStart(13, '0')}`),
    time_zone: fc.constantFrom('UTC', 'Europe/Berlin'),
    note
  },
  { requiredKeys: ['name'] }
)
const membership = fc.oneof(
  fc.record({ role: fc.constantFrom('lead', 'member'), guaranteed: share }, { requiredKeys: [] }),
  fc.record({ role: fc.constantFrom('lead', 'member'), limits: share }, { requiredKeys: [] })
)

const PERIODS = ['daily', 'weekly', 'monthly'] as const
/** Some have the same reason. */
const raise = fc.record({ amount_usd: usd, until: instant, reason: fc.oneof(fc.constant('launch'), note) })

/** A file in which what is named is there. */
const file = fc
  .record({
    groups: fc.uniqueArray(fc.oneof(group, plan), { maxLength: 4, selector: (one) => one.name }),
    proxies: fc.uniqueArray(proxy, { maxLength: 2, selector: (one) => one.name }),
    accounts: fc.uniqueArray(fc.oneof(account, signIn), { maxLength: 4, selector: (one) => one.name }),
    users: fc.uniqueArray(user, { maxLength: 3, selector: (one) => one.email }),
    rules: fc.uniqueArray(rule, { maxLength: 3, selector: (one) => one.name }),
    teams: fc.uniqueArray(team, { maxLength: 3, selector: (one) => one.name }),
    memberships: fc.infiniteStream(membership),
    raised: fc.infiniteStream(raise),
    picks: fc.infiniteStream(fc.nat(97)),
    terms: fc.infiniteStream(term)
  })
  .map(({ groups: some, proxies, accounts, users, rules, teams, memberships, raised, picks, terms }) => {
    const groups = [{ name: 'default', kind: 'balance' }, ...some.filter((one) => one.name !== 'default')]
    const pick = <T>(from: readonly T[]): T | undefined => from[(picks.next().value as number) % (from.length + 1)]
    const plans = groups.filter(({ kind }) => kind === 'subscription')
    return {
      groups,
      proxies,
      accounts: accounts.map((one) => ({
        ...one,
        groups: groups.filter(() => pick([true]) === true).map(({ name: of }) => of),
        ...whenThere('proxy', pick(proxies)?.name),
        ...(one.type === 'api-key' ? {} : whenThere('owner', pick(users)?.email))
      })),
      users: users.map((one, index) => ({
        ...one,
        ...(index > 0 && pick([true]) === true ? { kind: 'service', owner: users[0]!.email, role: 'user' } : {}),
        keys: (one.keys ?? []).map((theirs) => ({
          ...theirs,
          ...whenThere('group', pick(groups)?.name),
          ...whenThere('team', pick(teams)?.name)
        })),
        subscriptions: plans.filter(() => pick([true]) === true).map(({ name: of }) => ({ ...terms.next().value, group: of }))
      })),
      workload_rules:
        users.length === 0
          ? []
          : rules.map((one) => ({ ...one, user: users[0]!.email, ...whenThere('group', pick(groups)?.name) })),
      teams: teams.map((one) => {
        const members = users.map(({ email }) => ({ ...memberships.next().value, user: email }) as Member)
        const raisable = [
          ...PERIODS.filter((period) => one[`${period}_limit_usd`] !== undefined).map((period) => ({ period })),
          ...members.flatMap(({ user, limits }) =>
            PERIODS.filter((period) => limits?.[period] !== undefined).map((period) => ({ user, period }))
          )
        ]
        const raises = [...raisable, ...raisable].filter(() => pick([true]) === true)
        return { ...one, members, raises: raises.map((limit) => ({ ...raised.next().value, ...limit })) }
      })
    }
  })

interface Member {
  user: string
  limits?: { [period in (typeof PERIODS)[number]]?: string }
}

const whenThere = (field: string, value: unknown) => (value === undefined ? {} : { [field]: value })

/** The value of each variable: what the file gave in the place that it stands for. */
function secretsOf(declared: Values, exported: Values): Record<string, string> {
  const found: Record<string, string> = {}
  const walk = (given: unknown, named: unknown): void => {
    if (typeof named === 'string') {
      const variable = /^\$\{([A-Z0-9_]+)\}$/.exec(named)?.[1]
      if (variable !== undefined && typeof given === 'string') found[variable] = given
    } else if (typeof named === 'object' && named !== null && typeof given === 'object' && given !== null) {
      for (const [field, value] of Object.entries(named)) walk((given as Values)[field], value)
    }
  }
  for (const list of ['proxies', 'accounts']) {
    for (const named of exported[list] as Values[]) {
      const isIt = (one: Values) => String(one['name']).replaceAll('${', '$$${') === named['name']
      walk((declared[list] as Values[]).find(isIt), named)
    }
  }
  return found
}

test('what is exported of any state, applied, changes nothing', async (t) => {
  const gateway = await startGateway(t)
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const response = await fetch(`${gateway.adminUrl}/admin/v1${path}`, init)
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  const apply = async (declared: unknown, how: { dry_run?: true; prune?: true } = {}) =>
    (await ask('POST', '/apply', { file: JSON.stringify(declared), ...how, confirm_managed_settings: true })) as {
      plan: { action: string }[]
    }
  const seen = new Set<string>()
  const note = (kind: string, entries: readonly object[]) => {
    for (const entry of entries) for (const field of Object.keys(entry)) seen.add(`${kind}.${field}`)
  }

  await fc.assert(
    fc.asyncProperty(file, async (declared) => {
      await gateway.app.pg.pool.query(
        'truncate groups, proxies, users, accounts, account_groups, api_keys, subscriptions, workload_rules, teams, ledger_entries restart identity cascade'
      )
      // The API takes a file without variables; it is the command that puts them in.
      await apply(declared)
      const { file: exported, variables, warnings } = describe(await findAll(ask), Date.now())
      assert.deepEqual(warnings, [])
      const secrets = secretsOf(declared, exported)
      assert.deepEqual(Object.keys(secrets).toSorted(), variables.toSorted())
      const again = parseDeclarativeFile(JSON.stringify(exported), { fileName: 'exported', variables: secrets })
      const { plan } = await apply(again, { dry_run: true, prune: true })
      const changes = plan.filter(({ action }) => action !== 'unchanged')
      assert.deepEqual(changes, [])

      for (const kind of ['groups', 'proxies', 'accounts', 'users'] as const) note(kind, declared[kind])
      for (const { keys, subscriptions } of declared.users) {
        note('keys', keys)
        note('subscriptions', subscriptions)
      }
      note('workloadRules', declared.workload_rules)
      note('teams', declared.teams)
      for (const { raises } of declared.teams) note('raises', raises)
    }),
    { ...times(40), interruptAfterTimeLimit: 30_000 }
  )
  const declarable = KINDS.flatMap((kind) => Object.keys(declaredFields(DEFINITIONS[kind])).map((field) => `${kind}.${field}`))
  const missed = declarable.filter((field) => !seen.has(field) && !GIVEN_ELSEWHERE.has(field))
  assert.deepEqual(missed, [], 'fields that no file of this test has')
})
