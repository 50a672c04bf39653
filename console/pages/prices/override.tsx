import { Table, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { api, type RequestOf } from '../../api/client.ts'
import { textOf, type Draft, type FormField } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { optionWords } from '../../parts/option-words.ts'
import type { PricedModel } from './model-prices.tsx'
import { RATES } from './rates.ts'

const FIELDS: readonly FormField[] = RATES.map(({ name, label }) => ({ name, label, kind: 'line', required: true }))
const MODEL: FormField = {
  name: 'model',
  label: 'Model',
  about: 'its ID, as the upstream reports it',
  kind: 'line',
  required: true
}

const ratesOf = (model: PricedModel | undefined): Draft =>
  Object.fromEntries(RATES.map(({ name }) => [name, model === undefined ? '' : String(model.usd_per_mtok[name])]))

/** Sets an operator's own price of a model of the list; old and new are shown before. */
export function Override({ model }: { model: PricedModel }) {
  const set = useSetPrice()
  return (
    <FormDialog
      label="Set own price"
      title={`Set your own price of ${model.id}`}
      verb="Set"
      about="USD for a million tokens. It holds for requests that are sent from then on."
      fields={FIELDS}
      first={ratesOf(model)}
      preview={(given) => <OldAndNew old={model} given={given} />}
      done={() => `${model.id} has your own price`}
      command={(given) => ['prices', 'override', model.id, ...optionWords(given, FIELDS)]}
      run={(given) => set(model.id, given, model)}
    />
  )
}

/** The same for a model that the book may lack. */
export function OverrideAny({ models }: { models: readonly PricedModel[] }) {
  const set = useSetPrice()
  const known = (given: Draft) => models.find(({ id }) => id === given['model'])
  return (
    <FormDialog
      label="Price of another model"
      title="Set your own price of a model"
      verb="Set"
      about="USD for a million tokens. It holds for requests that are sent from then on."
      fields={[MODEL, ...FIELDS]}
      preview={(given) => <OldAndNew old={known(given)} given={given} />}
      done={({ model }) => `${textOf(model)} has your own price`}
      command={({ model = 'MODEL', ...given }) => ['prices', 'override', textOf(model), ...optionWords(given, FIELDS)]}
      run={({ model, ...given }) => set(textOf(model), given, known({ model }))}
    />
  )
}

function useSetPrice() {
  const queries = useQueryClient()
  return async (id: string, rates: Draft, old: PricedModel | undefined) => {
    // Prices of the fast mode and of large prompts stay as they are.
    const { fast, tiers } = old?.usd_per_mtok ?? {}
    const kept = { ...(fast === undefined ? {} : { fast }), ...(tiers === undefined ? {} : { tiers }) }
    const body = { usd_per_mtok: { ...kept, ...rates } } as RequestOf<'put', '/admin/v1/price-overrides/{id}'>
    await api.PUT('/admin/v1/price-overrides/{id}', { params: { path: { id } }, body })
    await queries.invalidateQueries()
  }
}

function OldAndNew({ old, given }: { old: PricedModel | undefined; given: Draft }) {
  const changed = RATES.filter(({ name }) => given[name] !== undefined && given[name] !== ratesOf(old)[name])
  if (changed.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing changes.
      </Text>
    )
  }
  return (
    <Table aria-label="Old and new" withTableBorder verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Price</Table.Th>
          <Table.Th ta="right">Old</Table.Th>
          <Table.Th ta="right">New</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {changed.map(({ name, label }) => (
          <Table.Tr key={name}>
            <Table.Td>{label}</Table.Td>
            <Table.Td ta="right">{old === undefined ? 'none' : String(old.usd_per_mtok[name])}</Table.Td>
            <Table.Td ta="right">{textOf(given[name])}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
