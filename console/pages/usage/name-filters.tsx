import { Group, TagsInput } from '@mantine/core'
import { useState } from 'react'
import { DIMENSION_LABELS, memberOf } from './members.ts'
import type { Range } from './ranges.ts'
import type { FilterName, UsageFilters } from './search.ts'
import { SIDE_FILTERS, type Side } from './side.ts'
import { useSummary } from './use-summary.ts'

interface NameFiltersProps {
  side: Side
  filters: UsageFilters
  range: Range
  onChange: (filters: UsageFilters) => void
}

/** Whose usage is shown, of what. A name may be typed, too: the API says whether it is known. */
export function NameFilters({ side, filters, range, onChange }: NameFiltersProps) {
  return (
    <Group gap="xs" align="flex-start">
      {SIDE_FILTERS[side].map((name) => (
        <NameFilter
          key={name}
          name={name}
          side={side}
          range={range}
          names={filters[name] ?? []}
          onChange={(names) => onChange({ [name]: names })}
        />
      ))}
    </Group>
  )
}

interface NameFilterProps {
  name: FilterName
  side: Side
  range: Range
  names: string[]
  onChange: (names: string[]) => void
}

function NameFilter({ name, side, range, names, onChange }: NameFilterProps) {
  const [isWanted, setWanted] = useState(false)
  // Those that were used in this time: nothing else would be found.
  const { data = [] } = useSummary(side, { dimensions: [name], filters: {}, range, zone: 'UTC' }, isWanted)
  const used = data.flatMap((row) => memberOf(name, row, 'UTC').filters?.[name] ?? [])
  return (
    <TagsInput
      label={DIMENSION_LABELS[name]}
      data={[...new Set(used)]}
      value={names}
      onChange={onChange}
      onFocus={() => setWanted(true)}
      acceptValueOnBlur
      splitChars={[]}
      renderOption={({ option }) => <bdi style={{ overflowWrap: 'anywhere' }}>{option.value}</bdi>}
      comboboxProps={{ width: 320, position: 'bottom-start', keepMounted: isWanted }}
      limit={50}
      maxTags={100}
      placeholder={names.length === 0 ? 'all' : ''}
      miw={{ base: 0, xs: 170 }}
      w={{ base: 'calc(50% - 5px)', xs: 'auto' }}
      maw={340}
      clearable
    />
  )
}
