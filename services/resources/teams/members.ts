import { textArray, scalarArray } from '../../platform/database/array-literals.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { fieldRefused } from '../admin/operator-changes.ts'
import { textsOf, wantedValues, type FieldChange, type Values } from '../definition.ts'
import { choice, EMAIL, object, objectOf, text, usd, type Field, type Fields } from '../field.ts'
import { recallSpending, type TeamRole } from '../records/teams.ts'

export const PERIODS = ['daily', 'weekly', 'monthly'] as const
const WORDS = { daily: 'a day', weekly: 'a week', monthly: 'a month' }

const amounts = (columnOf: (period: string) => string) => {
  const of = (period: keyof typeof WORDS) => usd({ meaning: WORDS[period], none: 'none', column: columnOf(period) })
  return { daily: of('daily'), weekly: of('weekly'), monthly: of('monthly') }
}

/** What is said of one member. */
export const MEMBER_FIELDS = {
  user: {
    ...text(EMAIL, { meaning: 'the member’s e-mail address', required: true, change: 'nobody' }),
    normal: (email: string) => email.toLowerCase()
  },
  role: choice(['lead', 'member'], {
    meaning: '`lead`: manages the team: its members, their shares and its keys',
    default: 'member'
  }),
  guaranteed: object(
    amounts((period) => `guaranteed_${period}_usd`),
    { meaning: '`{daily, weekly, monthly}`: USD that the others cannot use up', option: { value: 'period=usd' } }
  ),
  limits: object(
    amounts((period) => `${period}_limit_usd`),
    {
      meaning: '`{daily, weekly, monthly}`: USD that the member cannot go beyond',
      option: { name: 'limit', value: 'period=usd' }
    }
  )
} as const satisfies Fields

type Shares = Record<Period, string | null>

/** A member as stored: every part is there. */
export interface TeamMember extends Values {
  user: string
  role: TeamRole
  guaranteed: Shares
  limits: Shares
}

type Period = (typeof PERIODS)[number]

/** The same as a request or a file gives it. */
export interface DesiredMember {
  user: string
  role?: TeamRole
  guaranteed?: { [period in Period]?: string }
  limits?: { [period in Period]?: string }
}

/** A team of more people is several teams: all of it comes with each of its keys. */
const MOST_MEMBERS = 500

const memberOf = (entry: Values) => wantedValues({ fields: MEMBER_FIELDS }, entry, undefined) as TeamMember

const sharesObject = (columnOf: (period: string) => string) =>
  `json_build_object(${PERIODS.map((period) => `'${period}', trim_scale(m.${columnOf(period)})::text`).join(', ')})`

/** The members of a team, all of them: whom a change leaves out is no member any more. */
export const membersField: Field<DesiredMember[], 'defaulted'> = {
  type: 'json',
  schema: {
    type: 'array',
    items: objectOf(MEMBER_FIELDS, { additionalProperties: false, description: 'a mapping' }),
    maxItems: MOST_MEMBERS,
    description: `a list of at most ${MOST_MEMBERS} members`
  },
  answered: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        user: { type: 'string' },
        role: { type: 'string' },
        guaranteed: answeredShares(),
        limits: answeredShares()
      },
      required: ['user', 'role', 'guaranteed', 'limits']
    }
  },
  meaning: 'who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more',
  default: [],
  none: 'none',
  kept: true,
  option: false,
  select: `(select coalesce(json_agg(json_build_object('user', u.email, 'role', m.role,
      'guaranteed', ${sharesObject((period) => `guaranteed_${period}_usd`)}, 'limits', ${sharesObject((period) => `${period}_limit_usd`)})
      order by u.email collate "C"), '[]')
    from team_members m join users u on u.id = m.user_id where m.team_id = r.id)`,
  normal: (members) =>
    members.map((member) => memberOf({ ...member })).sort((a, b) => (a.user < b.user ? -1 : 1)) as DesiredMember[],
  words: (members) =>
    (members as TeamMember[]).map((member) => `${member.user}: ${wordsOfMember(member)}`).join('; ') || 'none',
  differ: memberDifferences,
  // They are in a table of their own; the team is at another version all the same.
  write: (_members, _column, row) => [{ column: 'name', value: row['name'] }]
}

function answeredShares() {
  const amount = { type: ['string', 'null'] }
  return { type: 'object', properties: { daily: amount, weekly: amount, monthly: amount }, required: [...PERIODS] }
}

function wordsOfMember({ user: _user, ...member }: TeamMember): string {
  const { role = '', ...shares } = textsOf(MEMBER_FIELDS, member)
  const said = Object.entries(shares).filter(([field, amount]) => field !== 'user' && amount !== 'none')
  return [role, ...said.map(([field, amount]) => `${field} ${amount}`)].join(', ')
}

function memberDifferences(from: unknown, to: unknown): FieldChange[] {
  const textsBy = (members: unknown) =>
    new Map(((members ?? []) as TeamMember[]).map((member) => [member.user, wordsOfMember(member)]))
  const [before, after] = [textsBy(from), textsBy(to)]
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((user) => {
    const [was = 'no member', is = 'no member'] = [before.get(user), after.get(user)]
    return was === is ? [] : [{ field: `members.${user}`, from: was, to: is }]
  })
}

/**
 * Has these be the members. What those that stay were charged stays, and who comes back counts what they were charged before. Rejects
 * with 400 when there is no such user.
 */
export async function setMembers(db: Queryable, teamId: string, members: readonly TeamMember[]): Promise<void> {
  const emails = textArray(members.map(({ user }) => user))
  const { rows } = await db.query<{ email: string }>(
    'select email from unnest($1::text[]) as t (email) where not exists (select from users u where u.email = t.email) limit 1',
    [emails]
  )
  if (rows[0] !== undefined) throw fieldRefused('members', `there is no user ${rows[0].email}`)
  await db.query(
    'delete from team_members where team_id = $1 and user_id not in (select id from users where email = any ($2::text[]))',
    [teamId, emails]
  )
  const { rows: staying } = await db.query<{ userId: string }>(
    'select user_id::text as "userId" from team_members where team_id = $1',
    [teamId]
  )
  const of = (share: 'guaranteed' | 'limits') =>
    PERIODS.map((period) => scalarArray(members.map((member) => member[share][period])))
  const columns = [...PERIODS.map((period) => `guaranteed_${period}_usd`), ...PERIODS.map((period) => `${period}_limit_usd`)]
  const { rows: all } = await db.query<{ userId: string }>(
    `insert into team_members as m (team_id, user_id, role, ${columns.join(', ')})
     select $1, u.id, t.role, ${columns.map((column) => `t.${column}`).join(', ')}
     from unnest($2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[])
       as t (email, role, ${columns.join(', ')}) join users u on u.email = t.email
     on conflict (team_id, user_id) do update set role = excluded.role, ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
     returning user_id::text as "userId"`,
    [teamId, emails, textArray(members.map(({ role }) => role)), ...of('guaranteed'), ...of('limits')]
  )
  const stays = new Set(staying.map(({ userId }) => userId))
  await recallSpending(
    db,
    teamId,
    all.map(({ userId }) => userId).filter((userId) => !stays.has(userId))
  )
}
