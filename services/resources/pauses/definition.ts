import { NUMBERED, type Definition, type RowOf } from '../definition.ts'
import { moment, ownerEmail, ownerOfNumbered, shown, TEXT, TEXT_OR_NULL, text } from '../field.ts'
import type { PauseKind } from '../records/pauses.ts'

const NAME_OF_CLIENT = { pattern: '^[\\x20-\\x7e]{1,200}$', description: 'up to 200 printable characters' }

export const pauses = {
  kind: 'pause',
  one: 'a pause',
  plural: 'pauses',
  table: 'pauses',
  topic: 'pauses',
  ...NUMBERED,
  fields: {
    user: { ...ownerOfNumbered(), meaning: 'the e-mail address of the key’s owner' },
    user_email: ownerEmail(),
    key: text(
      { minLength: 1, maxLength: 100, description: 'a name of 1 to 100 characters' },
      {
        meaning: 'the key’s name',
        required: true,
        change: 'nobody',
        file: false,
        listed: true,
        select: '(select k.name from api_keys k where k.id = r.key_id)'
      }
    ),
    team: shown<string | null>(
      { type: ['string', 'null'], description: 'the name of a team' },
      {
        meaning: 'the key’s team; null: it has none',
        select: '(select t.name from api_keys k join teams t on t.id = k.team_id where k.id = r.key_id)',
        filter: true
      }
    ),
    session: text(NAME_OF_CLIENT, {
      meaning: 'the session that is paused, as its client names it, or a hash behind `~`; null: the whole key',
      change: 'nobody',
      file: false,
      listed: true,
      none: 'all'
    }),
    agent: text(NAME_OF_CLIENT, {
      meaning: 'the agent of the session; empty: the one it began with; null: the whole session',
      change: 'nobody',
      file: false,
      listed: 'lesser',
      none: 'all'
    }),
    kind: shown<PauseKind>(TEXT, {
      meaning: 'what was too much: `spend`, `requests` or `identical_turns`; `hand`: somebody has paused it'
    }),
    reason: text(
      { pattern: '^[^\\x00-\\x1f]{1,200}$', description: 'a line of 1 to 200 characters' },
      { meaning: 'why, as the client reads it', required: true, change: 'nobody', file: false, listed: true, isProse: true }
    ),
    status: shown<'active' | 'over'>(TEXT, {
      meaning: '`active`, or `over`: resumed, or ended by itself',
      select: `case when r.resumed_at is null and (r.ends_at is null or r.ends_at > now()) then 'active' else 'over' end`,
      filter: ['active', 'over'],
      listed: true
    }),
    created_at: moment({ meaning: 'when it began', listed: true }),
    created_by: shown<string>(TEXT, { meaning: 'who has paused it; `sluice`: a brake', listed: 'lesser' }),
    exchange_id: shown<string | null>(TEXT_OR_NULL, { meaning: 'the request that tripped the brake, for `sluice why`' }),
    ends_at: moment({ meaning: 'when it ends by itself; null: only when somebody resumes', listed: true }),
    resumed_at: moment({ meaning: 'when it was resumed, or was seen to have ended' }),
    resumed_by: shown<string | null>(TEXT_OR_NULL, { meaning: 'who resumed it; null: it has ended by itself, or not yet' })
  }
} as const satisfies Definition

export type PauseRow = RowOf<typeof pauses>
