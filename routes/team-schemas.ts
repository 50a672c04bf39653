import { Type, type TSchema } from 'typebox'
import { changeSchema, createSchema, rowSchema, type Values } from '../services/resources/definition.ts'
import { MEMBER_FIELDS } from '../services/resources/teams/members.ts'
import { TextOrNull } from './admin/schemas.ts'

const { user: _user, ...SAID } = MEMBER_FIELDS

/** What is said of a member who is named in the path. */
export const MemberEntry = Type.Unsafe<Values>(createSchema({ fields: SAID }))
export const MemberChanges = Type.Unsafe<Values>(changeSchema({ fields: SAID }))

/** How the day, week and month of a pool stand. */
export const PoolWindows = Type.Array(
  Type.Object({
    kind: Type.Enum(['day', 'week', 'month']),
    limit_usd: Type.Union([Type.String(), Type.Null()], { description: 'with what it is raised by now' }),
    used_usd: Type.String(),
    started_at: Type.String(),
    resets_at: Type.String()
  })
)

/** How a member's day, week and month stand. */
export const ShareWindows = Type.Array(
  Type.Object({
    kind: Type.Enum(['day', 'week', 'month']),
    guaranteed_usd: TextOrNull,
    limit_usd: Type.Union([Type.String(), Type.Null()], { description: 'with what it is raised by now' }),
    used_usd: Type.String(),
    remaining_usd: Type.Union([Type.String(), Type.Null()], {
      description: 'what may still be charged, as the others stand now; null: nothing limits it'
    }),
    started_at: Type.String(),
    resets_at: Type.String()
  })
)

const { properties } = rowSchema({ fields: MEMBER_FIELDS } as never) as { properties: Record<string, TSchema> }

/** A member, and how they stand. */
export const Member = Type.Object({
  user: Type.String(),
  role: Type.Enum(['lead', 'member']),
  guaranteed: properties['guaranteed'] ?? Type.Any(),
  limits: properties['limits'] ?? Type.Any(),
  spending: ShareWindows
})

export const MEMBER_PATH = {
  user: Type.String({ pattern: '^[^\\s@\\x00-\\x1f]+@[^\\s@\\x00-\\x1f]+$', maxLength: 254, description: 'an e-mail address' })
}
