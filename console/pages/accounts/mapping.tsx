import { Badge, Group, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData } from '@tanstack/react-query'
import { $api, type RequestOf, type ResponseOf } from '../../api/client.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import type { Draft } from '../../parts/field.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { NotStated } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { RATES } from '../prices/rates.ts'

type Mapping = ResponseOf<'get', '/admin/v1/accounts/{id}/mapping'>
type MappedModel = Mapping['models'][number]
type Rules = NonNullable<RequestOf<'post', '/admin/v1/accounts/mapping-preview'>>

/** What decides it; of what is typed, nothing else is sent. */
const RULES: readonly string[] = ['groups', 'model_mapping', 'allowed_models', 'accept'] satisfies readonly (keyof Rules)[]
/** Long enough for a name to be typed. */
const PAUSE_MS = 400

/** What an account makes of models as it is. */
export function AccountMapping({ id }: { id: string }) {
  const mapping = $api.useQuery('get', '/admin/v1/accounts/{id}/mapping', { params: { path: { id } } })
  return <Loaded query={mapping}>{(data) => <MappingTable mapping={data} />}</Loaded>
}

/** What an account would make of models that is to be added. */
export function NewMapping({ draft }: { draft: Draft }) {
  const body = useRules(draft)
  const options = { placeholderData: keepPreviousData }
  const mapping = $api.useQuery('post', '/admin/v1/accounts/mapping-preview', { body }, options)
  return <Loaded query={mapping}>{(data) => <MappingTable mapping={data} />}</Loaded>
}

/** What an account would make of models, were it changed. */
export function ChangedMapping({ id, changes }: { id: string; changes: Draft }) {
  const request = { params: { path: { id } }, body: useRules(changes) }
  const options = { placeholderData: keepPreviousData }
  const mapping = $api.useQuery('post', '/admin/v1/accounts/{id}/mapping-preview', request, options)
  return <Loaded query={mapping}>{(data) => <MappingTable mapping={data} />}</Loaded>
}

function useRules(draft: Draft): Rules {
  const rules = Object.fromEntries(Object.entries(draft).filter(([name]) => RULES.includes(name)))
  const [typed] = useDebouncedValue(JSON.stringify(rules), PAUSE_MS)
  return JSON.parse(typed) as Rules
}

function MappingTable({ mapping: { models, unknown_model: unknown } }: { mapping: Mapping }) {
  const served = models.filter(({ sent_as: sent }) => sent !== null)
  const hasDifferences = new Set(models.map(({ groups }) => groups.join())).size > 1
  return (
    <Stack gap="xs">
      <DataTable
        name="Models"
        columns={hasDifferences ? [...COLUMNS, GROUPS] : COLUMNS}
        rows={served}
        rowKey={({ requested_model: name, groups }) => `${name} ${groups.join()}`}
        empty="It serves no model: no group, or no rule, lets it."
      />
      <Text size="sm">
        Prices are in USD per million tokens.
        {served.every(({ usd_per_mtok: price }) => price !== null)
          ? null
          : ` Models without one are charged ${unknown.input} for input and ${unknown.output} for output, and are flagged: UNKNOWN_MODEL_PRICE.`}
      </Text>
      {reasonsOf(models).map(([reason, names]) => (
        <Text key={reason} size="sm" c="dimmed">
          <b>{reason}:</b> {names.join(', ')}
        </Text>
      ))}
    </Stack>
  )
}

/** Of the models that are not served, by why. */
function reasonsOf(models: readonly MappedModel[]): (readonly [reason: string, names: string[]])[] {
  const unserved = Map.groupBy(
    models.filter(({ sent_as: sent }) => sent === null),
    ({ reason }) => reason ?? ''
  )
  return [...unserved].map(([reason, rows]) => {
    const names = rows.map(({ requested_model: name, asked_lately: isAsked }) =>
      isAsked ? `${name} (asked for lately)` : name
    )
    return [`${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}`, names] as const
  })
}

const ModelName = ({ of }: { of: string }) => (
  <Text span ff="monospace" fz="xs">
    <Name of={of} width={220} />
  </Text>
)

const COLUMNS: readonly TableColumn<MappedModel>[] = [
  {
    id: 'asked',
    header: 'Asked for',
    cell: ({ requested_model: name, asked_lately: isAsked }) => (
      <Group gap={6}>
        <ModelName of={name} />
        {isAsked ? (
          <Badge variant="light" size="xs" title="within 30 days, of the newest requests" style={{ flexShrink: 0 }}>
            lately
          </Badge>
        ) : null}
      </Group>
    ),
    value: ({ requested_model: name }) => name
  },
  {
    id: 'sent',
    header: 'Sent as',
    cell: ({ sent_as: sent, requested_model: name }) =>
      sent === name ? (
        <Text span size="sm" c="dimmed">
          the same
        </Text>
      ) : (
        <ModelName of={sent ?? ''} />
      ),
    value: ({ sent_as: sent }) => sent
  },
  {
    id: 'priced',
    header: 'Priced as',
    cell: ({ priced_as: priced }) =>
      priced === null ? (
        <Badge color="orange" variant="light" tt="none">
          no price
        </Badge>
      ) : (
        <ModelName of={priced} />
      ),
    value: ({ priced_as: priced }) => priced
  },
  ...RATES.map(({ name, label }): TableColumn<MappedModel> => ({
    id: name,
    header: label,
    cell: ({ usd_per_mtok: price }) => (price === null ? <NotStated /> : price[name]),
    value: ({ usd_per_mtok: price }) => price?.[name] ?? null,
    numeric: true,
    hidden: name === 'cache_write_5m' || name === 'cache_write_1h'
  }))
]

const GROUPS: TableColumn<MappedModel> = {
  id: 'groups',
  header: 'In groups',
  cell: ({ groups }) => groups.join(', '),
  value: ({ groups }) => groups.join(', ')
}
