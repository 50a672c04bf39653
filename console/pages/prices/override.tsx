import { Autocomplete, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { api, type RequestOf } from '../../api/client.ts'
import { DialogButton } from '../../parts/dialog-button.tsx'
import { EditDialog, RowForm } from '../../parts/edit-dialog.tsx'
import { textOf, type Draft, type FormField } from '../../parts/field.ts'
import { optionWords } from '../../parts/option-words.ts'
import type { PricedModel } from './model-prices.tsx'
import type { PriceList } from './prices.tsx'
import { RATES } from './rates.ts'

const FIELDS: readonly FormField[] = RATES.map(({ name, label }) => ({ name, label, kind: 'line', required: true }))
const ABOUT = 'USD for a million tokens. It holds for requests that are sent from then on.'

type Rates = Record<(typeof RATES)[number]['name'], string>

/** A price as the form has it. */
interface PriceRow extends Rates {
  /** 0: it is not one's own so far. */
  version: number
  /** Prices of the fast mode and of large prompts, which stay as they are. */
  kept: Pick<PricedModel['usd_per_mtok'], 'fast' | 'tiers'>
}

function rowOf(model: PricedModel | undefined): PriceRow {
  const { fast, tiers } = model?.usd_per_mtok ?? {}
  const rates = RATES.map(({ name }) => [name, model === undefined ? '' : String(model.usd_per_mtok[name])])
  return {
    ...(Object.fromEntries(rates) as Rates),
    version: model?.version ?? 0,
    kept: { ...(fast === undefined ? {} : { fast }), ...(tiers === undefined ? {} : { tiers }) }
  }
}

const ratesOf = (row: PriceRow, changes: Draft): Draft =>
  Object.fromEntries(RATES.map(({ name }) => [name, changes[name] ?? row[name]]))

const modelIn = ({ models }: Pick<PriceList, 'models'>, id: string) => models.find((model) => model.id === id)

/** Sets an operator's own price of a model of the list; old and new are shown before. */
export function Override({ model }: { model: PricedModel }) {
  return <EditDialog label="Set own price" about={ABOUT} {...usePrice(model.id, model)} />
}

/** The same for a model that the book lacks. */
export function OverrideNew({ id }: { id: string }) {
  return <EditDialog label="Set a price" about={ABOUT} {...usePrice(id, undefined)} />
}

/** The same for any model, whose name is given first. */
export function OverrideAny({ models }: { models: readonly PricedModel[] }) {
  return (
    <DialogButton label="Price of another model" title="Set your own price of a model" about={ABOUT}>
      {(close) => <AnyModel models={models} onClose={close} />}
    </DialogButton>
  )
}

function AnyModel({ models, onClose }: { models: readonly PricedModel[]; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const id = typed.trim()
  const known = modelIn({ models: [...models] }, id)
  return (
    <Stack gap="sm">
      <Autocomplete
        label="Model"
        description="its ID, as the upstream reports it"
        required
        data-autofocus
        data={models.map((model) => model.id)}
        value={typed}
        onChange={setTyped}
      />
      {/* What is typed for a model that is not known stays while its name is typed on. */}
      {id === '' ? null : <ModelForm key={known?.id ?? ''} id={id} known={known} onClose={onClose} />}
    </Stack>
  )
}

function ModelForm({ id, known, onClose }: { id: string; known: PricedModel | undefined; onClose: () => void }) {
  return <RowForm {...usePrice(id, known)} onClose={onClose} />
}

/** How a form sets the price of a model, and sees whether somebody else has set it meanwhile. */
function usePrice(id: string, model: PricedModel | undefined) {
  const row = rowOf(model)
  const path = { id }
  return {
    title: `Set your own price of ${id}`,
    row,
    fields: FIELDS,
    preview: (changes: Draft, begun: PriceRow) => <OldAndNew old={begun} changes={changes} />,
    command: (changes: Draft) => ['prices', 'override', id, ...optionWords(ratesOf(row, changes), FIELDS)],
    load: async () => rowOf(modelIn((await api.GET('/admin/v1/prices')).data!, id)),
    async save(changes: Draft, ifMatch: string, from: PriceRow) {
      const rates = { ...from.kept, ...ratesOf(from, changes) }
      const body = { usd_per_mtok: rates } as RequestOf<'put', '/admin/v1/price-overrides/{id}'>
      const params = { path, header: { 'if-match': ifMatch } }
      const { data } = await api.PUT('/admin/v1/price-overrides/{id}', { params, body })
      return { ...from, version: data!.version }
    },
    done: `${id} has your own price`
  }
}

function OldAndNew({ old, changes }: { old: PriceRow; changes: Draft }) {
  const changed = RATES.filter(({ name }) => name in changes)
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
            <Table.Td ta="right">{old[name] === '' ? 'none' : old[name]}</Table.Td>
            <Table.Td ta="right">{textOf(changes[name])}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
