import { Group, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { ApiError } from '../api/client.ts'
import { Action } from './confirm.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { bodyOf, textOf, type Draft, type FieldValue, type FormField } from './field.ts'
import { FormDialog } from './form-dialog.tsx'
import { SHARE_FIELDS } from './member-fields.ts'
import { MemberTable, type MemberStanding } from './member-table.tsx'
import { optionWords } from './option-words.ts'

interface Shares {
  daily: string | null
  weekly: string | null
  monthly: string | null
}

export interface ListedMember extends MemberStanding {
  guaranteed: Shares
  limits: Shares
}

/** How members of one team are changed: by the API of operators, or that of a lead. */
export interface MemberApi {
  put: (user: string, body: Record<string, FieldValue>, ifMatch: string) => Promise<unknown>
  patch: (user: string, changes: Record<string, FieldValue>, ifMatch: string) => Promise<unknown>
  remove: (user: string) => Promise<unknown>
  /** The team's version, which a change of a member raises, and its members. */
  load: () => Promise<{ version: number; members: readonly ListedMember[] }>
}

interface TeamMembersProps {
  team: { name: string; version: number }
  members: readonly ListedMember[]
  /** The windows of the pool that are limited. */
  periods: readonly string[]
  /** Null for whoever may not change them. */
  by: MemberApi | null
  /** Whether `sluice` does the same for whoever looks: it is for operators. */
  hasCommands?: boolean
  nameOf?: (member: ListedMember) => ReactNode
  /** The reader, who is not offered to take themselves out. */
  self?: string
}

/** Who is in a team, what each may spend of its pool and has spent. */
export function TeamMembers({ team, members, periods, by, hasCommands = false, nameOf, self }: TeamMembersProps) {
  return (
    <Stack gap="xs" align="stretch">
      <MemberTable
        members={members}
        periods={periods}
        {...(nameOf === undefined ? {} : { nameOf })}
        {...(by === null
          ? {}
          : {
              actionsOf: (member: ListedMember) => (
                <MemberActions team={team} member={member} by={by} hasCommands={hasCommands} isSelf={member.user === self} />
              )
            })}
      />
      {by === null ? null : (
        <Group>
          <AddMember team={team} members={members} by={by} hasCommands={hasCommands} />
        </Group>
      )}
    </Stack>
  )
}

const NEW_FIELDS: readonly FormField[] = [
  { name: 'user', label: 'E-mail', about: 'of somebody who is known here', kind: 'line', required: true },
  ...SHARE_FIELDS
]

interface AddMemberProps extends Pick<TeamMembersProps, 'team' | 'members'> {
  by: MemberApi
  hasCommands: boolean
}

function AddMember({ team: { name, version }, members, by, hasCommands }: AddMemberProps) {
  const wordsOf = ({ user, ...given }: Draft) => [
    'team-members',
    'set',
    name,
    textOf(user).trim(),
    ...optionWords(given, SHARE_FIELDS)
  ]
  return (
    <FormDialog
      label="Add a member"
      title={`Add somebody to ${name}`}
      verb="Add"
      about="A key counts in the team when its owner creates it there, or an operator puts it there."
      fields={NEW_FIELDS}
      first={{ role: 'member' }}
      done={({ user }) => `${textOf(user).trim()} is in ${name}`}
      command={hasCommands ? wordsOf : undefined}
      run={async ({ user, ...given }) => {
        const email = textOf(user).trim()
        // To put a member again would take away what is not said anew.
        if (members.some((member) => member.user === email.toLowerCase())) {
          throw new ApiError(409, 'invalid_request_error', `${email} is a member already: change them instead`, null)
        }
        await by.put(email, bodyOf(given), `"${version}"`)
      }}
    />
  )
}

interface MemberActionsProps extends Pick<TeamMembersProps, 'team'> {
  member: ListedMember
  by: MemberApi
  hasCommands: boolean
  isSelf: boolean
}

function MemberActions({ team: { name, version }, member, by, hasCommands, isSelf }: MemberActionsProps) {
  const { user } = member

  /** A member is of the version of their team. */
  async function load() {
    const now = await by.load()
    const { role, guaranteed, limits } = now.members.find((one) => one.user === user) ?? member
    return { version: now.version, role, guaranteed, limits }
  }

  return (
    <Group gap="xs" wrap="nowrap">
      <EditDialog
        label="Change"
        title={`Change ${user} in ${name}`}
        row={{ version, role: member.role, guaranteed: member.guaranteed, limits: member.limits }}
        fields={SHARE_FIELDS}
        command={
          hasCommands ? (changes) => ['team-members', 'change', name, user, ...optionWords(changes, SHARE_FIELDS)] : undefined
        }
        load={load}
        save={async (changes, ifMatch) => {
          await by.patch(user, bodyOf(changes), ifMatch)
          return await load()
        }}
        done={`${user} is changed`}
      />
      {isSelf ? null : (
        <Action
          label="Remove"
          color="red"
          title={`Take ${user} out of ${name}?`}
          done={`${user} is out of ${name}`}
          command={hasCommands ? ['team-members', 'remove', name, user] : undefined}
          run={() => by.remove(user)}
        >
          Their keys in the team are refused until they are given another team or none. What they used stays on record.
        </Action>
      )}
    </Group>
  )
}
