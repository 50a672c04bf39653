import { type OperatorContext } from '../admin/operator-changes.ts'
import { wantedValues, type Values } from '../definition.ts'
import { type Target, actOn, changeWithin } from '../operate.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import type { Row } from '../rows.ts'
import { MEMBER_FIELDS, type TeamMember } from './members.ts'
import { teamResource } from './teams.ts'

const noMember = (user: string) => new GatewayError(404, 'not_found_error', `${user} is not a member of the team`)

/** Who may make a change of a team is asked once nothing else can change it. Throws the GatewayError that refuses it. */
export type TeamCheck = (team: Row & { members: TeamMember[] }) => void

async function changeMembers(
  context: OperatorContext,
  target: Target,
  change: (members: readonly TeamMember[]) => readonly Values[],
  check: TeamCheck = () => {}
): Promise<Row> {
  return await actOn(context, teamResource, target, 'changed', async (db, before) => {
    const team = before as Row & { members: TeamMember[] }
    check(team)
    await changeWithin(db, context, teamResource, before, { members: change(team.members) })
  })
}

/** Has somebody be a member as `entry` says; what it leaves out they do not have. Rejects with 400, 404 and 412. */
export const putMember = (context: OperatorContext, target: Target, entry: Values & { user: string }, check?: TeamCheck) =>
  changeMembers(
    context,
    target,
    (members) => [...members.filter(({ user }) => user !== entry.user.toLowerCase()), entry],
    check
  )

/** Changes what is named of a member; null takes it away. Rejects with 404 where there is none. */
export const changeMember = (
  context: OperatorContext,
  target: Target,
  email: string,
  changes: Values,
  check?: TeamCheck
): Promise<Row> =>
  changeMembers(
    context,
    target,
    (members) => {
      const member = members.find(({ user }) => user === email.toLowerCase())
      if (member === undefined) throw noMember(email)
      const parts = (share: 'guaranteed' | 'limits') => ({ ...member[share], ...(changes[share] as Values | undefined) })
      const changed = { ...member, ...changes, guaranteed: parts('guaranteed'), limits: parts('limits') }
      return members.map((one) => (one === member ? wantedValues({ fields: MEMBER_FIELDS }, changed, undefined) : one))
    },
    check
  )

/** Rejects with 404 where there is none. */
export const removeMember = (context: OperatorContext, target: Target, email: string, check?: TeamCheck): Promise<Row> =>
  changeMembers(
    context,
    target,
    (members) => {
      const left = members.filter(({ user }) => user !== email.toLowerCase())
      if (left.length === members.length) throw noMember(email)
      return left
    },
    check
  )
