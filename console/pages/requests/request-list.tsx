import { Button, Group, MultiSelect, Stack, Switch, Text } from '@mantine/core'
import { useMemo } from 'react'
import { serverNow } from '../../api/server-time.ts'
import { useChoicesWhenReached } from '../../parts/choices-when-reached.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { NameFilters } from '../usage/name-filters.tsx'
import { NoSuchTime, RangeField } from '../usage/range-field.tsx'
import { rangeOf } from '../usage/ranges.ts'
import type { Side } from '../usage/side.ts'
import { ZoneField } from '../usage/zone-field.tsx'
import { OWN_ZONE } from '../usage/zones.ts'
import { eventColumns } from './event-columns.tsx'
import { FindExchange } from './find-exchange.tsx'
import { BASES, OUTCOMES, type Basis, type Outcome, type RequestsSearch } from './search.ts'
import { useEvents } from './use-events.ts'

interface RequestListProps {
  title: string
  side: Side
  search: RequestsSearch
  onChange: (changes: RequestsSearch, without?: keyof RequestsSearch) => void
}

/** Usage events, newest first; each leads to why it went as it did. */
export function RequestList({ title, side, search, onChange }: RequestListProps) {
  const { range = 'all', zone = OWN_ZONE, live = false } = search
  const stretch = rangeOf(range, zone, serverNow())
  const { events, error, hasOlder, isFetchingOlder, showOlder, showNewest } = useEvents(
    side,
    search,
    stretch ?? {},
    stretch !== null
  )
  const columns = useMemo(() => eventColumns(side), [side])
  function setLive(isLive: boolean) {
    if (isLive) void showNewest()
    onChange(isLive ? { live: true } : {}, 'live')
  }
  function goOn() {
    // Rows that move on by themselves cannot be read on from.
    if (live) onChange({}, 'live')
    showOlder()
  }
  return (
    <Page title={title} aside={<FindExchange side={side} />}>
      <Group gap="xs" align="flex-end">
        <RangeField range={range} zone={zone} onChange={(range) => onChange({ range })} />
        <ZoneField zone={zone} onChange={(zone) => onChange({ zone })} />
        <ChoiceFilter
          label="Outcome"
          choices={OUTCOMES}
          value={search.outcome}
          onChange={(outcome: Outcome[]) => onChange({ outcome })}
        />
        <ChoiceFilter label="Basis" choices={BASES} value={search.basis} onChange={(basis: Basis[]) => onChange({ basis })} />
        <Switch
          label="Live"
          description="asks every 2 seconds"
          checked={live}
          onChange={(event) => setLive(event.currentTarget.checked)}
          mb={4}
        />
      </Group>
      <NameFilters side={side} filters={search} range={stretch ?? {}} onChange={onChange} />
      {stretch === null ? (
        <NoSuchTime range={range} />
      ) : (
        <Loaded query={{ data: events, error }}>
          {(events) => (
            <Stack gap="sm">
              <DataTable
                name={title}
                columns={columns}
                rows={events}
                isWhole={!hasOlder && !live}
                empty="No request is on record in this time, with these filters. Choose a longer time, or take a filter away. A request that was refused is found by its id."
                footer={
                  <Group gap="xs">
                    <Text size="sm">
                      {events.length} {events.length === 1 ? 'attempt' : 'attempts'}
                      {hasOlder ? '' : ', which is all'}
                    </Text>
                    {hasOlder ? (
                      <Button size="compact-xs" variant="default" loading={isFetchingOlder} onClick={goOn}>
                        Show older
                      </Button>
                    ) : null}
                  </Group>
                }
              />
            </Stack>
          )}
        </Loaded>
      )}
    </Page>
  )
}

interface ChoiceFilterProps<Name extends string> {
  label: string
  choices: Record<Name, string>
  value: Name[] | undefined
  onChange: (names: Name[]) => void
}

function ChoiceFilter<Name extends string>({ label, choices, value = [], onChange }: ChoiceFilterProps<Name>) {
  const whenReached = useChoicesWhenReached()
  const data = (Object.keys(choices) as Name[]).map((name) => ({ value: name, label: choices[name] }))
  return (
    <MultiSelect
      {...whenReached}
      label={label}
      data={data}
      value={value}
      onChange={(names) => onChange(names)}
      placeholder={value.length === 0 ? 'all' : ''}
      clearable
      miw={{ base: 0, xs: 150 }}
      w={{ base: 'calc(50% - 5px)', xs: 'auto' }}
      maw={320}
    />
  )
}
