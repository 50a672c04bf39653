import { NUMBERED, type Definition, type RowOf } from '../definition.ts'
import { keyLastUsed, moment, ownerEmail, ownerOfNumbered, shown, TEXT, TEXT_OR_NULL } from '../field.ts'

export const signIns = {
  kind: 'sign-in',
  one: 'a sign-in',
  plural: 'sign-ins',
  table: 'sign_ins',
  topic: 'directory',
  ...NUMBERED,
  fields: {
    user: { ...ownerOfNumbered(), create: 'nobody' },
    user_email: ownerEmail(),
    status: shown<'active' | 'revoked'>(TEXT, {
      meaning: '`active`, or `revoked`: signed out, or ended by somebody',
      select: `case when r.revoked_at is null then 'active' else 'revoked' end`,
      filter: ['active', 'revoked'],
      listed: true
    }),
    key: shown<string>(TEXT, {
      meaning: 'the key that its usage is recorded under',
      select: '(select k.name from api_keys k where k.id = r.key_id)',
      listed: true
    }),
    group: shown<string>(TEXT, {
      meaning: 'the group it uses',
      select: '(select g.name from api_keys k join groups g on g.id = k.group_id where k.id = r.key_id)',
      listed: 'lesser'
    }),
    client: shown<string | null>(TEXT_OR_NULL, { meaning: 'what it calls itself, such as `claude_code`', listed: 'lesser' }),
    client_address: shown<string | null>(TEXT_OR_NULL, { meaning: 'where it asked from to be let in', listed: true }),
    user_agent: shown<string | null>(TEXT_OR_NULL, { meaning: 'its program and version then' }),
    created_at: moment({ meaning: 'when it was let in', listed: true }),
    refreshed_at: moment({ meaning: 'when it last got a new access token; null: never', listed: 'lesser' }),
    last_used_at: keyLastUsed({
      meaning: 'when its key was last used, which other sign-ins of the same machine share',
      listed: true
    }),
    revoked_at: moment({ meaning: 'when it ended' })
  }
} as const satisfies Definition

export type SignInRow = RowOf<typeof signIns>
