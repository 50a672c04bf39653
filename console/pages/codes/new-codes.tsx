import { Alert, Button, Group, Modal, Stack } from '@mantine/core'
import { useState } from 'react'
import { $api, api, type ResponseOf } from '../../api/client.ts'
import { CopyLine } from '../../parts/copy.tsx'
import { saveFile } from '../../parts/save-file.ts'
import type { FormField } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { EXPIRY } from './fields.ts'

type Created = ResponseOf<'post', '/admin/v1/codes'>['data']

/** Creates codes, and shows them once: they are in this component until it is closed, and nowhere else. */
export function NewCodes() {
  const [created, setCreated] = useState<Created | null>(null)
  const groups = $api.useQuery('get', '/admin/v1/groups', { params: { query: { limit: 1000 } } })
  const subscriptions = groups.data?.data.filter(({ kind }) => kind === 'subscription').map(({ name }) => name) ?? []

  const create = (kind: 'balance' | 'subscription') => async (given: object) => {
    const { data } = await api.POST('/admin/v1/codes', { body: { kind, ...given } })
    setCreated(data!.data)
  }
  const days = daysFields(subscriptions)

  return (
    <Group gap="xs">
      <FormDialog
        label="Create codes for money"
        title="Create codes for money"
        verb="Create"
        variant="filled"
        fields={MONEY}
        first={{ count: 1 }}
        command={(given) => ['codes', 'add', ...optionWords(given, MONEY)]}
        run={create('balance')}
      />
      <FormDialog
        label="Create codes for days"
        title="Create codes for days of a subscription"
        verb="Create"
        fields={days}
        first={{ count: 1, days: 30 }}
        about={subscriptions.length === 0 ? 'There is no group of kind subscription: make one first.' : undefined}
        command={(given) => ['codes', 'add', ...optionWords(given, days)]}
        run={create('subscription')}
      />
      <Modal
        opened={created !== null}
        onClose={() => setCreated(null)}
        closeOnClickOutside={false}
        title="The new codes"
        size="lg"
      >
        {created === null ? null : <Shown created={created} />}
      </Modal>
    </Group>
  )
}

function Shown({ created }: { created: Created }) {
  const codes = created.map(({ code }) => code)
  return (
    <Stack>
      <Alert color="orange">They are shown only now, and are not stored: copy them before you close this.</Alert>
      <CopyLine text={codes.join('\n')} label="codes" />
      <Button
        variant="default"
        onClick={() =>
          saveFile('codes.csv', 'text/csv', ['id,code', ...created.map(({ id, code }) => `${id},${code}`)].join('\n'))
        }
      >
        Save as CSV
      </Button>
    </Stack>
  )
}

const COMMON: readonly FormField[] = [
  { name: 'count', label: 'How many', about: '1 to 1000', kind: 'integer', required: true },
  EXPIRY,
  { name: 'note', label: 'Note', about: 'for operators only', kind: 'prose', none: 'none' }
]

const MONEY: readonly FormField[] = [
  { name: 'amount_usd', label: 'Amount in USD', about: 'such as 10 or 2.50', kind: 'line', required: true, option: '--amount' },
  ...COMMON
]

const daysFields = (groups: readonly string[]): readonly FormField[] => [
  { name: 'group', label: 'Group', kind: 'choice', choices: groups, required: true },
  { name: 'days', label: 'Days', kind: 'integer', required: true },
  ...COMMON
]
