import { Group } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { api, type RequestOf } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { optionWords } from '../../parts/option-words.ts'
import type { FormField } from '../../parts/field.ts'
import type { CodeRow } from './codes.tsx'
import { EXPIRY } from './fields.ts'

const FIELDS: readonly FormField[] = [EXPIRY, { name: 'note', label: 'Note', kind: 'prose', none: 'none' }]

/** What an operator does about a code that nobody has redeemed. */
export function CodeActions({ row }: { row: CodeRow }) {
  const queries = useQueryClient()
  const { id, hint, status, version } = row
  if (status === 'redeemed' || status === 'revoked') return null
  const path = { id }
  return (
    <Group gap="xs" wrap="nowrap">
      <EditDialog
        label="Change"
        title={`Change ${hint ?? id}`}
        row={row}
        fields={FIELDS}
        command={(changes) => ['codes', 'change', id, ...optionWords(changes, FIELDS)]}
        load={async () => (await api.GET('/admin/v1/codes/{id}', { params: { path } })).data!}
        save={async (changes, ifMatch) => {
          const body = changes as RequestOf<'patch', '/admin/v1/codes/{id}'>
          return (await api.PATCH('/admin/v1/codes/{id}', { params: { path, header: { 'if-match': ifMatch } }, body })).data!
        }}
        onSaved={() => queries.invalidateQueries()}
      />
      <Action
        label="Revoke"
        color="red"
        title={`Revoke ${hint ?? id}?`}
        done={`${hint ?? id} is revoked`}
        command={['codes', 'remove', id]}
        run={async () => {
          await api.POST('/admin/v1/codes/{id}/revoke', { params: { path, header: { 'if-match': `"${version}"` } } })
          await queries.invalidateQueries()
        }}
      >
        Nobody can redeem it any more. This cannot be undone.
      </Action>
    </Group>
  )
}
