import { EditDialog } from '../../parts/edit-dialog.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import { NAME, OWN_LIMITS } from './key-fields.ts'
import type { OwnKey } from './my-keys.tsx'

/** A button with the dialog in which a key gets another name, and limits of one’s own. */
export function ChangeKey({ ownKey }: { ownKey: OwnKey }) {
  return (
    <EditDialog
      label="Change"
      title={`Change ${ownKey.name}`}
      about="These limits are your own: you can change them at any time. What operators have limited stays so."
      row={ownKey}
      {...editedRow('/me/v1/keys/{id}', ownKey.id)}
      fields={[NAME, ...OWN_LIMITS]}
      done={`${ownKey.name} is changed`}
    />
  )
}
