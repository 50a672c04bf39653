import { editedRow } from '../../parts/edited-row.ts'
import { ChangeRow, RemoveAction, StatusOfKeys } from '../../parts/row-actions.tsx'
import { groupFields } from './group-fields.ts'
import type { GroupRow } from './groups.tsx'
import { useModels } from './use-models.ts'

/** What an operator does about a group. */
export function GroupActions({ group }: { group: GroupRow }) {
  const models = useModels()
  const edited = editedRow('/admin/v1/groups/{id}', group, group.name, ['groups', group.name])
  return (
    <>
      <ChangeRow {...edited} fields={(valueOf) => groupFields(valueOf('kind'), models)} />
      <StatusOfKeys {...edited} kind="group" />
      <RemoveAction {...edited} to="/groups">
        Only a group that no key, subscription, account or code refers to can be removed; any other can be disabled.
      </RemoveAction>
    </>
  )
}
