import { editedRow } from '../../parts/edited-row.ts'
import { ChangeRow } from '../../parts/row-actions.tsx'
import { NAME, OWN_LIMITS } from './key-fields.ts'
import type { OwnKey } from './my-keys.tsx'

/** A button with the dialog in which a key gets another name, and limits of one’s own. */
export function ChangeKey({ ownKey }: { ownKey: OwnKey }) {
  return (
    <ChangeRow
      {...editedRow('/me/v1/keys/{id}', ownKey, ownKey.name)}
      about="These limits are your own: you can change them at any time. What operators have limited stays so."
      fields={[NAME, ...OWN_LIMITS]}
    />
  )
}
