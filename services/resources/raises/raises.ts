import type { Queryable } from '../../platform/database/queryable.ts'
import { conflict, fieldRefused, isForeignKeyViolation, type OperatorContext } from '../admin/operator-changes.ts'
import type { Values } from '../definition.ts'
import { createResource, endRow, type Target } from '../operate.ts'
import { instantProblems } from '../problems.ts'
import type { Resource } from '../resource.ts'
import { listRows, type Row } from '../rows.ts'
import { raises, type RaiseRow } from './definition.ts'

/** More than anybody keeps an eye on. */
export const MOST_IN_FORCE = 100

/** More for a while: of a team's pool, or of what one member may spend of it. */
export const raiseResource: Resource<typeof raises> = {
  definition: raises,
  problems: (item) => instantProblems(item, 'until'),
  duplicate: () => 'there is such a raise already'
}

/** Asked when nobody else can change the team any more: rejects where whoever asks may not do that. */
type RaiseCheck = (db: Queryable) => Promise<unknown>

/** Gives one, on record as given by who does. Rejects with 400 where there is no such member, or no limit to raise; 409 where there are too many. */
export async function addRaise(context: OperatorContext, entry: Values, check?: RaiseCheck): Promise<Row> {
  const resource = {
    ...raiseResource,
    async inserted(db: Queryable, id: string) {
      await check?.(db)
      await refusePointless(db, id, context.clock.now())
    }
  }
  try {
    return await createResource(context, resource, entry, givenBy(context))
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw fieldRefused('user', `${String(entry['user'])} is not a member of team ${String(entry['team'])}`)
  }
}

/** What a new one keeps of who gives it. */
export const givenBy = ({ actor, clock }: Pick<OperatorContext, 'actor' | 'clock'>): Values => ({
  given_by: actor,
  created_at: new Date(clock.now())
})

/** Those that are not over at `now`, epoch milliseconds, by their time alone: somebody may have ended one. */
export async function listLastingRaises(db: Queryable, now: number): Promise<{ id: string; state: Row & RaiseRow }[]> {
  const rows = await listRows(db, raises)
  return rows.filter(({ until }) => Date.parse(until) > now).map((state) => ({ id: state.id, state }))
}

interface Raised {
  limit: string | null
  inForce: number
}

async function refusePointless(db: Queryable, id: string, now: number): Promise<void> {
  const { rows } = await db.query<Raised & { user: string | null; team: string; period: string }>(
    `select b.period, t.name as team, (select email from users where id = b.user_id) as user,
       case when b.user_id is null
         then case b.period when 'daily' then t.daily_limit_usd when 'weekly' then t.weekly_limit_usd else t.monthly_limit_usd end
         else case b.period when 'daily' then m.daily_limit_usd when 'weekly' then m.weekly_limit_usd else m.monthly_limit_usd end
       end::text as limit,
       (select count(*)::int from budget_raises o where o.team_id = b.team_id and o.ended_at is null and o.until_at > $2) as "inForce"
     from budget_raises b join teams t on t.id = b.team_id
     left join team_members m on m.team_id = b.team_id and m.user_id = b.user_id where b.id = $1`,
    [id, new Date(now)]
  )
  const [raised] = rows
  if (raised === undefined) return
  const { user, team, period, limit, inForce } = raised
  const whose = user === null ? `team ${team}` : `${user} in team ${team}`
  if (limit === null) throw fieldRefused('period', `${whose} has no ${period} limit that could be raised`)
  if (inForce > MOST_IN_FORCE) throw conflict(`team ${team} has ${MOST_IN_FORCE} raises in force: end some first`)
}

/** Ends one before its time; what was spent by it is spent. */
export const endRaise = (context: OperatorContext, target: Target, check?: RaiseCheck): Promise<Row> =>
  endRow(context, raiseResource, target, { action: 'ended', column: 'ended_at', check })
