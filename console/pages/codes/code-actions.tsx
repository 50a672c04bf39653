import { Group } from '@mantine/core'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import type { FormField } from '../../parts/field.ts'
import { ChangeRow } from '../../parts/row-actions.tsx'
import type { CodeRow } from './codes.tsx'
import { EXPIRY } from './fields.ts'

const FIELDS: readonly FormField[] = [EXPIRY, { name: 'note', label: 'Note', kind: 'prose', none: 'none' }]

/** What an operator does about a code that nobody has redeemed. */
export function CodeActions({ row }: { row: CodeRow }) {
  const { id, hint, status, version } = row
  const name = hint ?? id
  if (status === 'redeemed' || status === 'revoked') return null
  return (
    <Group gap="xs" wrap="nowrap">
      <ChangeRow {...editedRow('/admin/v1/codes/{id}', row, name, ['codes', id])} fields={FIELDS} />
      <Action
        label="Revoke"
        color="red"
        title={`Revoke ${name}?`}
        done={`${name} is revoked`}
        command={['codes', 'remove', id]}
        run={() =>
          api.POST('/admin/v1/codes/{id}/revoke', { params: { path: { id }, header: { 'if-match': `"${version}"` } } })
        }
      >
        Nobody can redeem it any more. This cannot be undone.
      </Action>
    </Group>
  )
}
