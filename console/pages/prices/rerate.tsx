import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { moneyColumn } from '../../parts/columns.tsx'
import { Section } from '../../parts/section.tsx'
import { formatCount } from '../../parts/amounts.ts'
import { Action } from '../../parts/confirm.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { Form } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'
import { rerate, type Rerated, type RerateFilters } from './rerate-batches.ts'

type Sum = Rerated['users'][number]

const COLUMNS: readonly TableColumn<Sum>[] = [
  { id: 'user', header: 'User', cell: ({ user_email: email }) => <Name of={email} />, value: ({ user_email: email }) => email },
  moneyColumn('cost', 'List cost', ({ cost_delta_usd: usd }) => usd),
  moneyColumn('charged', 'Charged', ({ charged_delta_usd: usd }) => usd)
]

const wordsOf = ({ from, to, user, model, unknown_only: unknownOnly }: RerateFilters) => [
  'prices',
  'rerate',
  '--from',
  from,
  '--to',
  to,
  ...(user === undefined ? [] : ['--user', user]),
  ...(model === undefined ? [] : ['--model', model]),
  ...(unknownOnly ? ['--unknown-only'] : [])
]

const ENDS = [
  ['from', 'From'],
  ['to', 'Until']
] as const

/** Prices usage of before with the prices in force now: first for show, then for real. */
export function Rerate({ models }: { models: readonly string[] }) {
  const [filters, setFilters] = useState<RerateFilters>({ from: '30d', to: 'tomorrow', unknown_only: true })
  const [checked, setChecked] = useState(0)
  const dryRun = useMutation({ mutationFn: (asked: RerateFilters) => rerate(asked, true, setChecked) })

  function put(changes: Partial<Record<keyof RerateFilters, string | boolean | null>>) {
    // What was shown was of other requests.
    dryRun.reset()
    const next = Object.entries({ ...filters, ...changes }).filter(([, value]) => value !== null && value !== '')
    setFilters({ from: '', to: '', ...Object.fromEntries(next) } as RerateFilters)
  }

  async function forReal() {
    await rerate(filters, false, setChecked)
    dryRun.reset()
  }

  return (
    <Section title="Price earlier requests anew">
      <Stack gap="sm">
        <Text size="sm">
          With the prices in force now, each at its own time. The difference is booked as one adjustment a user; nothing is
          applied twice.
        </Text>
        <Form name="Price earlier requests anew" onSubmit={() => dryRun.mutate(filters)}>
          <Group align="flex-end" gap="xs">
            {ENDS.map(([name, label]) => (
              <TextInput
                key={name}
                label={label}
                required
                value={filters[name]}
                onChange={(event) => put({ [name]: event.currentTarget.value })}
                w={150}
              />
            ))}
            <TextInput
              label="User"
              placeholder="everybody"
              value={filters.user ?? ''}
              onChange={(event) => put({ user: event.currentTarget.value })}
              w={200}
            />
            <Select
              label="Model"
              placeholder="all"
              data={[...models]}
              value={filters.model ?? null}
              onChange={(model) => put({ model })}
              clearable
              searchable
              w={230}
            />
            <Checkbox
              label="only what had no price"
              checked={filters.unknown_only}
              onChange={(event) => put({ unknown_only: event.currentTarget.checked })}
              mb={8}
            />
            <Button type="submit" variant="default" loading={dryRun.isPending}>
              Try it
            </Button>
          </Group>
        </Form>
        {dryRun.isPending ? <Text size="sm">{formatCount(checked)} events so far …</Text> : null}
        <Problem error={dryRun.error} />
        {dryRun.data === undefined ? null : (
          <DataTable
            name="What would change"
            columns={COLUMNS}
            rows={dryRun.data.users}
            rowKey={({ user_email: email }) => email}
            empty="Nothing would change."
            footer={
              <Group gap="sm">
                <Text size="sm">
                  {formatCount(dryRun.data.changed)} of {formatCount(dryRun.data.checked)} events would change
                </Text>
                {dryRun.data.changed === 0 ? null : (
                  <Action
                    label="Do it"
                    title="Price these requests anew?"
                    done="The requests are priced anew"
                    command={wordsOf(filters)}
                    run={forReal}
                  >
                    Balances, windows and the spending of keys change by what the table says. Another re-rating can follow, but
                    this one stays on record.
                  </Action>
                )}
              </Group>
            }
          />
        )}
      </Stack>
    </Section>
  )
}
