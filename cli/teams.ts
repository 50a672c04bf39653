import type { Command } from 'commander'
import { raises } from '../services/resources/raises/definition.ts'
import { MEMBER_FIELDS } from '../services/resources/teams/members.ts'
import { teams } from '../services/resources/teams/definition.ts'
import { UsageError } from './failures.ts'
import {
  command,
  commandGroup,
  listRows,
  onAdmin,
  printRow,
  printRows,
  remove,
  YES,
  type AdminRow,
  type Common,
  type FieldColumn
} from './operated-rows.ts'
import { confirm } from './confirm.ts'
import { resourceCommand, rowsOf, SHOWN_ONLY } from './resource-commands.ts'
import { bodyOf, newBodyOf, withFields, type Given } from './resource-options.ts'

const { user: _user, ...SAID } = MEMBER_FIELDS

const COLUMNS: FieldColumn[] = [
  { field: 'user', is: 'name', rank: 'known' },
  { field: 'role' },
  { field: 'guaranteed', is: 'prose', rank: 'lesser' },
  { field: 'spending', is: 'prose' }
]

const rows = rowsOf(teams)

const memberPath = async (ask: Parameters<typeof rows.find>[0], team: string, email: string) =>
  `${rows.path}/${(await rows.find(ask, [team])).id}/members/${encodeURIComponent(email)}`

/** Who is in a team, and what each may spend of its pool. */
export function teamMembersCommand(): Command {
  const onMember = (name: string, description: string) => command(name, description).argument('<team>').argument('<email>')
  return commandGroup('team-members', 'Shows and changes who is in a team, and what each may spend')
    .addCommand(
      command('list', 'Lists the members of a team, and how they stand')
        .argument('<team>')
        .action((team: string, { json }: Common) =>
          onAdmin(async (ask) => {
            const { id } = await rows.find(ask, [team])
            printRows(await listRows(ask, `${rows.path}/${id}/members`), COLUMNS, json)
          })
        )
    )
    .addCommand(
      withFields(onMember('set', 'Has somebody be a member: what is not named they do not have'), SAID, {
        isChange: false
      }).action((team: string, email: string, { json, ...given }: Common & Given) =>
        onAdmin(async (ask) =>
          printRow((await ask('PUT', await memberPath(ask, team, email), newBodyOf(SAID, given))) as AdminRow, json)
        )
      )
    )
    .addCommand(
      withFields(onMember('change', 'Changes a member; other fields stay as they are'), SAID, { isChange: true }).action(
        (team: string, email: string, { json, ...given }: Common & Given) =>
          onAdmin(async (ask) => {
            const changes = bodyOf(SAID, given)
            if (Object.keys(changes).length === 0)
              throw new UsageError('name what to change: see sluice team-members change --help')
            printRow((await ask('PATCH', await memberPath(ask, team, email), changes)) as AdminRow, json)
          })
      )
    )
    .addCommand(
      onMember('remove', 'Takes somebody out of a team: their keys in it are rejected')
        .option(...YES)
        .action(async (team: string, email: string, { json, yes = false }: Common) => {
          await confirm(`${email} will be taken out of team ${team}, and their keys in it rejected.`, yes)
          await onAdmin(async (ask) => remove(ask, await memberPath(ask, team, email), `${email} from team ${team}`, json))
        })
    )
}

export const teamsCommand = (): Command => resourceCommand(teams, 'Shows and changes teams: people who share a budget')

export function raisesCommand(): Command {
  const { onOne, doing, act } = rowsOf(raises)
  return resourceCommand(raises, 'Shows, gives and ends raises: more of a team’s budget for a while', SHOWN_ONLY)
    .addCommand(
      withFields(command('add', 'Raises a limit of a team, or of one of its members, for a while'), GIVEN, {
        isChange: false
      }).action(({ json, ...given }: Common & Given) =>
        onAdmin(async (ask) => printRow((await ask('POST', '/raises', newBodyOf(GIVEN, given))) as AdminRow, json))
      )
    )
    .addCommand(onOne('end', 'Ends a raise before its time').action(doing((names, { json }) => act(names, 'end', {}, json))))
}

const GIVEN = Object.fromEntries(
  Object.entries(raises.fields).filter(([, { create }]: [string, { create?: string }]) => create !== 'nobody')
)
