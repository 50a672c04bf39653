import type { Definition, Entry, RowOf } from '../definition.ts'
import { activeStatus, choice, EMAIL, integer, moment, note, reference, text, usd } from '../field.ts'

export const ROLES = ['admin', 'viewer', 'user'] as const

export const users = {
  kind: 'user',
  one: 'a user',
  plural: 'users',
  table: 'users',
  topic: 'directory',
  known: 'email',
  fields: {
    email: {
      ...text(EMAIL, {
        meaning: 'unique; stored in lower case',
        required: true,
        change: 'nobody',
        filter: true,
        searched: true,
        sorted: 'text',
        listed: 'known'
      }),
      normal: (email: string) => email.toLowerCase()
    },
    kind: choice(['person', 'service'], {
      meaning: '`service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys',
      default: 'person',
      filter: true,
      listed: 'lesser',
      option: { help: 'service: used by programs; nobody signs in as one, and its owner manages its keys' }
    }),
    owner: {
      ...reference(
        EMAIL,
        { kind: 'user', table: 'users', by: 'email' },
        {
          meaning: 'service users only: the person it belongs to',
          none: 'none',
          column: 'owner_id',
          filter: true,
          listed: 'lesser',
          option: { value: 'email' }
        }
      ),
      normal: (email: string) => email.toLowerCase()
    },
    role: choice(ROLES, {
      meaning: 'what they may do when they [sign in](sign-in.md)',
      default: 'user',
      sorted: 'text',
      listed: true,
      option: { help: 'what they may do when they sign in: user, viewer or admin' }
    }),
    status: activeStatus({
      meaning: 'requests of a disabled user are rejected',
      shown: 'operators',
      sorted: 'text',
      listed: true
    }),
    concurrency: integer(
      { minimum: 0, maximum: 1_000_000, description: 'an integer ≥ 0 (and at most 1000000)' },
      {
        meaning: 'maximum number of requests in flight; 0 = no limit',
        default: 5,
        sorted: 'number',
        place: 'coalesce(nullif(r.concurrency, 0), 1000001)',
        listed: 'lesser'
      }
    ),
    balance_usd: usd(
      {
        meaning: 'given once, at creation: the opening balance; shown: the current balance',
        default: '0',
        change: 'nobody',
        once: true,
        sorted: 'number',
        listed: true,
        option: { name: 'balance', value: 'usd', help: 'the opening balance' }
      },
      { pattern: '^\\d{1,15}(?:\\.\\d{1,9})?$', description: 'an amount of USD ≥ 0 with at most 9 decimals' }
    ),
    last_used_at: moment({
      meaning: 'when one of their keys was last used',
      computed: true,
      select: '(select max(k.last_used_at) from api_keys k where k.user_id = r.id)',
      sorted: 'time',
      listed: 'lesser'
    }),
    note: note()
  }
} as const satisfies Definition

export type UserEntry = Entry<typeof users>
export type UserRow = RowOf<typeof users>
