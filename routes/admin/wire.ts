import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { fixedHeaderNames } from '../../services/resources/accounts/credentials.ts'
import { isInForce } from '../../services/resources/accounts/cooldowns.ts'
import type { AccountRecord } from '../../services/resources/records/accounts.ts'
import { TextOrNull } from './schemas.ts'

/** What of an account is shown. */
export const Account = Type.Object({
  id: Type.String(),
  name: Type.String(),
  type: Type.String(),
  status: Type.String(),
  schedulable: Type.Boolean(),
  cooldowns: Type.Array(
    Type.Object({
      kind: Type.String(),
      scope: TextOrNull,
      reason: Type.String(),
      since: Type.String(),
      until: Type.String(),
      probe_at: TextOrNull
    })
  ),
  windows: Type.Array(
    Type.Object({
      name: Type.String(),
      status: TextOrNull,
      utilization: Type.Union([Type.Number(), Type.Null()]),
      resets_at: TextOrNull,
      seen_at: Type.String()
    })
  ),
  error: TextOrNull,
  auth: TextOrNull,
  headers: Type.Array(Type.String({ description: 'the name of a fixed header; values are never shown' })),
  base_url: TextOrNull,
  concurrency: Type.Integer(),
  priority: Type.Integer(),
  groups: Type.Array(Type.String()),
  model_mapping: Type.Record(Type.String(), Type.String()),
  allowed_models: Type.Union([Type.Array(Type.String()), Type.Null()]),
  accept: Type.Array(Type.String()),
  owner: TextOrNull,
  shared: Type.Boolean(),
  header_profile: Type.Boolean(),
  proxy: TextOrNull,
  version: Type.Integer()
})

/** RFC 3339, UTC. */
const toTime = (at: number) => new Date(at).toISOString()

const toTimeOrNull = (at: number | null) => (at === null ? null : toTime(at))

/** What has ended by itself stays in the database until it is replaced. What is half open ends by an answer only. */

type Described = Pick<FastifyInstance, 'accountDirectory' | 'clock' | 'secretBox'>

/** Shows accounts with what the directory knows to be wrong with their secrets. */
export const accountViewOf =
  ({ accountDirectory, clock, secretBox }: Described) =>
  (account: AccountRecord) =>
    accountOnWire(account, {
      problem: accountDirectory.problemOf(account.id),
      headers: fixedHeaderNames(secretBox, account),
      now: clock.now()
    })

interface AccountView {
  /** Why its secrets cannot be read. */
  problem: string | null
  /** The names of its fixed headers. */
  headers: string[]
  now: number
}

/** An account as the operator sees it: no secret. */
const accountOnWire = (account: AccountRecord, { problem, headers, now }: AccountView) => ({
  id: account.id,
  name: account.name,
  type: account.type,
  status: account.status,
  schedulable: account.schedulable,
  cooldowns: account.cooldowns.filter(isInForce(now)).map(({ kind, scope, reason, since, until, probeAt }) => ({
    kind,
    scope: scope === '' ? null : scope,
    reason,
    since: toTime(since),
    until: toTime(until),
    probe_at: toTimeOrNull(probeAt)
  })),
  windows: account.windows.map(({ name, status, utilization, resetsAt, seenAt }) => ({
    name,
    status,
    utilization,
    resets_at: toTimeOrNull(resetsAt),
    seen_at: toTime(seenAt)
  })),
  error: account.error ?? problem,
  auth: account.type === 'api-key' ? account.auth : null,
  headers,
  base_url: account.baseUrl,
  concurrency: account.concurrency,
  priority: account.priority,
  groups: account.groups.map((group) => group.name),
  model_mapping: account.modelMapping,
  allowed_models: account.allowedModels,
  accept: account.acceptedModels,
  owner: account.ownerEmail,
  shared: account.shared,
  header_profile: account.headerProfile,
  proxy: account.proxy?.name ?? null,
  version: account.version
})
