import { INSTANT, INSTANT_EXPECTED } from '../../platform/given-times.ts'
import type { Schema } from '../../platform/json-schema.ts'
import type { AccountCredentials } from './credentials.ts'
import { normalBaseUrl } from '../set-up/base-url.ts'
import { declaredProxyName } from '../set-up/declared-proxies.ts'
import { textOf, type Definition, type Entry, type RowOf } from '../definition.ts'
import {
  activeStatus,
  choice,
  EMAIL,
  flag,
  integer,
  list,
  mapping,
  named,
  NAMES,
  note,
  reference,
  shown,
  text,
  type Field
} from '../field.ts'
import { credentialsDifferences } from './credentials-differences.ts'

const SECRET: Schema = {
  type: 'string',
  pattern: '^[\\x21-\\x7e]+$',
  maxLength: 10_000,
  description: 'a key of printable ASCII without spaces'
}

export const EXPIRY_EXPECTED = `${INSTANT_EXPECTED}, or seconds or milliseconds since 1970`

/** Which of these are required depends on the type of the account. */
export type DesiredCredentials = {
  api_key?: string
  access_token?: string
  refresh_token?: string
  /** Expired by default. */
  expires_at?: string
}

/** Sealed with the headers in one column; what opens and compares them is in accounts.ts. */
const credentials: Field<DesiredCredentials, 'optional'> = {
  type: 'secret',
  schema: {
    type: 'object',
    properties: {
      api_key: SECRET,
      access_token: SECRET,
      refresh_token: SECRET,
      expires_at: { type: 'string', pattern: `${INSTANT}|^\\d{1,15}$`, description: EXPIRY_EXPECTED }
    },
    additionalProperties: false,
    description: 'a mapping'
  },
  meaning: 'what the account signs in with, by type: below; stored encrypted',
  defaultText: 'what is stored',
  shown: 'nobody',
  differ: (from, to) => credentialsDifferences(from as AccountCredentials | null, to as AccountCredentials | null)
}

const headers: Field<Record<string, string>, 'optional'> = {
  type: 'secret',
  schema: {
    type: 'object',
    patternProperties: {
      '^.*$': {
        type: 'string',
        pattern: '^[\\x21-\\x7e](?:[\\x20-\\x7e]*[\\x21-\\x7e])?$',
        maxLength: 4_000,
        description: 'a text of at most 4000 printable ASCII characters, without spaces around it'
      }
    },
    description: 'a mapping of header names to values'
  },
  meaning: '`api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints)',
  none: 'none',
  answered: { type: 'array', items: { type: 'string' } },
  computed: true,
  select: 'r.credentials',
  write: () => [],
  // It changes with the credentials, in which it is stored.
  differ: () => []
}

/** Epoch milliseconds, for JSON. */
const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`

const orNull = (type: string): Schema => ({ type: [type, 'null'] })
const rows = (properties: Record<string, Schema>): Schema => ({
  type: 'array',
  items: { type: 'object', properties, required: Object.keys(properties) }
})
const string: Schema = { type: 'string' }

export const accounts = {
  kind: 'account',
  one: 'an account',
  plural: 'accounts',
  table: 'accounts',
  topic: 'accounts',
  known: 'name',
  isCounted: true,
  fields: {
    name: named({
      meaning: 'its name in commands and records',
      required: true,
      change: 'nobody',
      searched: true,
      listed: 'known'
    }),
    type: choice(['api-key', 'oauth', 'setup-token'], {
      meaning: '`api-key`; `oauth`, `setup-token`: a person’s own sign-in',
      required: true,
      change: 'nobody',
      option: { byDefault: 'api-key', help: 'what it authenticates with' }
    }),
    credentials,
    status: activeStatus({ meaning: 'a disabled account serves nothing; `error`: its credential was rejected' }),
    schedulable: flag({ meaning: 'whether it is used at all', default: true, kept: true, create: 'operators' }),
    cooldowns: shown(
      rows({ kind: string, scope: orNull('string'), reason: string, since: string, until: string, probe_at: orNull('string') }),
      {
        meaning: 'why it is cooling down, and until when: below',
        computed: true,
        select: `(select coalesce(json_agg(json_build_object('kind', c.kind, 'scope', c.scope, 'reason', c.reason,
          'since', ${ms('c.since')}, 'until', ${ms('c.until')}, 'probeAt', ${ms('c.probe_at')}, 'level', c.level) order by c.until), '[]')
          from account_cooldowns c where c.account_id = r.id)`
      }
    ),
    windows: shown(
      rows({
        name: string,
        status: orNull('string'),
        utilization: orNull('number'),
        resets_at: orNull('string'),
        seen_at: string
      }),
      {
        meaning: 'use of its usage windows: below',
        computed: true,
        select: `(select coalesce(json_agg(json_build_object('name', w.name, 'status', w.status, 'utilization', w.utilization,
          'resetsAt', ${ms('w.resets_at')}, 'seenAt', ${ms('w.seen_at')}) order by w.name), '[]')
          from account_windows w where w.account_id = r.id)`
      }
    ),
    error: shown<string | null>(orNull('string'), {
      meaning: 'why it is in error, or why its secrets cannot be read',
      computed: true
    }),
    auth: {
      ...choice(['x-api-key', 'bearer'], {
        meaning: '`api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer`',
        default: 'x-api-key',
        nullable: true,
        option: { help: 'how the upstream wants its API key' }
      }),
      select: `case when r.type = 'api-key' then r.auth end`,
      write: (auth: unknown, column: string) => [{ column, value: auth ?? 'x-api-key' }],
      differ: (from: unknown, to: unknown) => {
        const [before, after] = [textOf({ none: 'x-api-key' }, from), textOf({ none: 'x-api-key' }, to)]
        return before === after ? [] : [{ field: 'auth', from: before, to: after }]
      }
    },
    headers,
    base_url: {
      ...text(
        { description: 'a URL' },
        {
          meaning: 'the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them',
          none: 'default',
          defaultText: '`ANTHROPIC_BASE_URL`',
          option: { value: 'url', help: 'the upstream, without /v1' }
        }
      ),
      normal: normalBaseUrl
    },
    concurrency: integer(
      { minimum: 0, maximum: 1_000_000, description: 'an integer ≥ 0 (and at most 1000000)' },
      { meaning: 'maximum number of requests in flight; 0 = no limit', default: 5 }
    ),
    priority: integer(
      { minimum: -1_000_000, maximum: 1_000_000, description: 'an integer' },
      { meaning: 'smaller is used first', default: 50 }
    ),
    groups: {
      ...list(NAMES, {
        meaning: 'whose requests it serves',
        default: ['default'],
        option: { name: 'group', value: 'name', repeated: true, help: 'a group it serves; may be repeated' }
      }),
      select: `(select coalesce(json_agg(g.name order by g.name), '[]') from account_groups ag join groups g on g.id = ag.group_id
        where ag.account_id = r.id)`,
      write: () => []
    },
    model_mapping: mapping({
      meaning: 'requested: actual; an account with a mapping serves only the models it names',
      default: {},
      none: 'none',
      option: { name: 'map', value: 'requested=actual' }
    }),
    allowed_models: list(NAMES, {
      meaning: 'models it may serve, by upstream name',
      none: 'all',
      option: { name: 'models' }
    }),
    accept: list(NAMES, {
      meaning: 'models other than Claude’s: only accounts that accept or map one serve it',
      default: [],
      none: 'none',
      column: 'accepted_models',
      option: { help: 'models with names other than Claude’s that it serves' }
    }),
    owner: {
      ...reference(
        EMAIL,
        { kind: 'user', table: 'users', by: 'email' },
        {
          meaning: 'sign-ins only: the user it belongs to and serves',
          none: 'none',
          searched: true,
          column: 'owner_id',
          option: { value: 'email' }
        }
      ),
      normal: (email: string) => email.toLowerCase()
    },
    shared: flag({ meaning: 'sign-ins only: serves everybody in its groups', default: false }),
    header_profile: flag({
      meaning: 'sign-ins only: remember each client family’s newest headers and send them for that family',
      default: false
    }),
    proxy: {
      ...reference(
        { minLength: 1, maxLength: 2_000, description: 'a proxy’s name, or a URL' },
        { kind: 'proxy', table: 'proxies', by: 'name' },
        { meaning: 'a proxy’s name, or a URL', none: 'none', column: 'proxy_id', option: { value: 'name' } }
      ),
      normal: declaredProxyName
    },
    note: note()
  }
} as const satisfies Definition

export type DesiredAccount = Entry<typeof accounts>
export type AccountRow = RowOf<typeof accounts>
