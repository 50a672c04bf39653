import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { lockSettledRows } from '../../money/records/settled-rows.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { isTimeZone } from '../groups/groups.ts'
import { isFields, refusal, type FieldProblem, type Item } from '../problems.ts'
import type { StoredTeam } from '../records/teams.ts'
import type { Resource } from '../resource.ts'
import { deleteRow, findRow } from '../rows.ts'
import { teams } from './definition.ts'
import { setMembers, type TeamMember } from './members.ts'
import { poolReports } from './standing.ts'

const PERIODS = ['daily', 'weekly', 'monthly'] as const
const WORDS = { daily: 'a day', weekly: 'a week', monthly: 'a month' }

/** People who share a budget. */
export const teamResource: Resource<typeof teams> = {
  definition: teams,
  problems: teamProblems,
  async inserted(db, id, { members }) {
    await setMembers(db, id, (members ?? []) as TeamMember[])
  },
  async updated(db, id, { members }) {
    if (members !== undefined) await setMembers(db, id, members as TeamMember[])
    // A limit may be lowered by who does not name the members, and the other way round.
    const row = await findRow(db, teams, id)
    const problems = row === null ? [] : shareProblems({ path: [], value: row })
    if (problems.length > 0) throw refusal(problems)
  },
  toResponse: (row, now) => ({ ...row, spending: poolReports(row['spending'] as StoredTeam, now) }),
  remove: (db, { id }) => removeTeam(db, id)
}

function teamProblems(item: Item): FieldProblem[] {
  const { path, value } = item
  const { time_zone: zone } = value
  const problems = shareProblems(item)
  if (typeof zone === 'string' && !isTimeZone(zone))
    problems.push({ path: [...path, 'time_zone'], text: 'must be a time zone such as Europe/Berlin' })
  return problems
}

const amountIn = (shares: unknown, period: string): bigint | null => {
  const amount = isFields(shares) ? shares[period] : null
  return typeof amount === 'string' && /^\d{1,15}(?:\.\d{1,9})?$/.test(amount) ? parseUsd(amount) : null
}

/** Members that are named twice, and guarantees that could not be kept: beyond the member's own limit, or together beyond the pool's. */
function shareProblems({ path, value }: Item): FieldProblem[] {
  const { members } = value
  if (!Array.isArray(members)) return []
  const problems: FieldProblem[] = []
  const seen = new Set<string>()
  members.forEach((member: unknown, index) => {
    if (!isFields(member)) return
    const user = String(member['user']).toLowerCase()
    if (seen.has(user)) problems.push({ path: [...path, 'members', index, 'user'], text: `repeats ${user}: name each once` })
    seen.add(user)
    for (const period of PERIODS) {
      const [guaranteed, limit] = [amountIn(member['guaranteed'], period), amountIn(member['limits'], period)]
      if (guaranteed === null || limit === null || guaranteed <= limit) continue
      const text = `of ${user} is ${formatUsd(guaranteed)} USD ${WORDS[period]}, more than their own limit of ${formatUsd(limit)}`
      problems.push({ path: [...path, 'members', index, 'guaranteed'], text })
    }
  })
  for (const period of PERIODS) {
    const limit = amountIn(value, `${period}_limit_usd`)
    const sum = members.reduce(
      (total: bigint, member: unknown) => total + (amountIn(isFields(member) ? member['guaranteed'] : null, period) ?? 0n),
      0n
    )
    if (limit === null || sum <= limit) continue
    const text = `are guaranteed ${formatUsd(sum)} USD ${WORDS[period]} together, and the team’s limit is ${formatUsd(limit)}`
    problems.push({ path: [...path, 'members'], text })
  }
  return problems
}

/** What was used in it keeps its name; its keys are in no team then. */
async function removeTeam(db: Queryable, id: string): Promise<void> {
  const { rows } = await db.query<{ id: string }>('select id from api_keys where team_id = $1', [id])
  // In settlement's order, which would otherwise be gone through backwards.
  await lockSettledRows(db, { api_keys: rows.map((key) => key.id), teams: [id] })
  await db.query('update api_keys set team_id = null, version = version + 1 where team_id = $1', [id])
  await db.query('insert into removed_teams (id, name, removed_at) select id, name, now() from teams where id = $1', [id])
  await deleteRow(db, teams, id)
}

/** The names of teams that were deleted, also of those of which there is another. */
export async function listRemovedTeams(db: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ name: string }>('select distinct name from removed_teams')
  return new Set(rows.map(({ name }) => name))
}
