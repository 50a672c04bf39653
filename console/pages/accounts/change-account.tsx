import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { $api, api, type RequestOf } from '../../api/client.ts'
import { Section } from '../../parts/section.tsx'
import { EditForm } from '../../parts/edit-form.tsx'
import type { FormField } from '../../parts/field.ts'
import { useEdit } from '../../parts/edit.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { Page } from '../../parts/page.tsx'
import type { AccountRow } from './account.tsx'
import { bodyOf } from './body-of.ts'
import { fieldsOf, type AccountType } from './fields.ts'
import { ChangedMapping } from './mapping.tsx'
import { useChoices } from './use-choices.ts'

/** Changes what an account is set to. */
export function ChangeAccount() {
  const { id } = useParams({ from: '/signed-in/operators/changers/accounts/$id/change' })
  const account = $api.useQuery('get', '/admin/v1/accounts/{id}', { params: { path: { id } } })
  return (
    <Page title={account.data === undefined ? 'Change an account' : `Change ${account.data.name}`}>
      <Loaded query={account}>{(row) => <ChangeForm row={row} />}</Loaded>
    </Page>
  )
}

const NEW_SECRETS: Record<AccountType, readonly FormField[]> = {
  'api-key': [
    { name: 'api_key', label: 'New API key', about: 'left empty, the key stays as it is', kind: 'secret', option: '--new-key' }
  ],
  'setup-token': [{ name: 'access_token', label: 'New setup token', about: 'left empty, it stays as it is', kind: 'secret' }],
  oauth: []
}

function ChangeForm({ row }: { row: AccountRow }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const choices = useChoices()
  const { id } = row
  const type = row.type as AccountType
  const fields: readonly FormField[] = [...fieldsOf(type, choices), ...NEW_SECRETS[type]]
  const back = () => navigate({ to: '/accounts/$id', params: { id } })

  const edit = useEdit<AccountRow>({
    row,
    async load() {
      const { data } = await api.GET('/admin/v1/accounts/{id}', { params: { path: { id } } })
      return data!
    },
    async save(changes, ifMatch) {
      const body = bodyOf(changes) as RequestOf<'patch', '/admin/v1/accounts/{id}'>
      const params = { path: { id }, header: { 'if-match': ifMatch } }
      const { data } = await api.PATCH('/admin/v1/accounts/{id}', { params, body })
      return data!
    },
    async onSaved() {
      await queries.invalidateQueries()
      await back()
    }
  })

  return (
    <EditForm
      name={`Change ${row.name}`}
      edit={edit}
      fields={fields}
      onCancel={() => void back()}
      command={['accounts', 'change', row.name, ...optionWords(edit.changes, fields)]}
    >
      <Section title="What becomes of models, once this is saved">
        <ChangedMapping id={id} changes={edit.changes} />
      </Section>
    </EditForm>
  )
}
