import { Button, Group, Stack } from '@mantine/core'
import { useMemo } from 'react'
import { serverNow } from '../../api/server-time.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { saveFile } from '../../parts/save-file.ts'
import type { Measure } from './measures.ts'
import { isTime, timeOf, type Dimension } from './members.ts'
import { NameFilters } from './name-filters.tsx'
import { Notes } from './notes.tsx'
import { NumberLink } from './number-link.tsx'
import { pivot } from './pivot.ts'
import { pivotCsv } from './pivot-csv.ts'
import { NoSuchTime, RangeField } from './range-field.tsx'
import type { Range } from './ranges.ts'
import { requestsOf } from './requests-of.ts'
import { Result } from './result.tsx'
import type { UsageSearch } from './search.ts'
import { ShapeFields } from './shape-fields.tsx'
import type { Side } from './side.ts'
import { askedOf } from './summary-query.ts'
import { useSummary } from './use-summary.ts'
import { ZoneField } from './zone-field.tsx'
import { startsWithin, type TimeUnit } from './zones.ts'

const MOST_TIMES = 1000

interface ExplorerProps {
  title: string
  side: Side
  search: UsageSearch
  onChange: (changes: UsageSearch) => void
}

/** Usage by any two of what it is summed up by. */
export function Explorer({ title, side, search, onChange }: ExplorerProps) {
  const now = serverNow()
  const { rows, columns, measure, range, zone, isOff, stretch, question } = askedOf(side, search, now)
  const summary = useSummary(side, question, stretch !== null)
  const { data, isCut, isGrowing } = summary
  const table = useMemo(
    () =>
      data === undefined
        ? undefined
        : pivot(data, { rows, columns, measure, zone, times: timesOf([rows, columns], stretch ?? {}, zone, now) }),
    // The time of now changes each time; what it makes of a range does not.
    [data, rows, columns, measure, zone, stretch?.from, stretch?.to]
  )
  const isWhole = !isCut && !isGrowing
  const found = requestsOf({ search: { ...search, range, zone }, measure, now })
  return (
    <Page
      title={title}
      aside={
        <Button
          size="compact-md"
          variant="default"
          disabled={table === undefined || !isWhole}
          onClick={() =>
            table && saveFile(fileName(rows, columns, measure), 'text/csv;charset=utf-8', pivotCsv(table, rows, measure))
          }
        >
          Download CSV
        </Button>
      }
    >
      <Group gap="xs" align="flex-end">
        <ShapeFields side={side} rows={rows} columns={columns ?? 'none'} measure={measure} onChange={onChange} />
        <RangeField range={range} zone={zone} onChange={(range) => onChange({ range })} />
        <ZoneField zone={zone} onChange={(zone) => onChange({ zone })} />
      </Group>
      <NameFilters side={side} filters={search} range={stretch ?? {}} onChange={onChange} />
      {stretch === null ? (
        <NoSuchTime range={range} />
      ) : (
        <Loaded query={{ data: table, error: summary.error }}>
          {(table) => (
            <Stack gap="sm">
              <Notes side={side} isCut={isCut} isGrowing={isGrowing} count={data?.length ?? 0} isOff={isOff} />
              <Result
                pivot={table}
                rows={rows}
                columns={columns}
                measure={measure}
                isWhole={isWhole}
                linked={(members, children) => (
                  <NumberLink side={side} to={found(members)}>
                    {children}
                  </NumberLink>
                )}
              />
            </Stack>
          )}
        </Loaded>
      )}
    </Page>
  )
}

/** The hours or days of a stretch that has begun and ends, up to now; null where it has no end, or too many. */
function timesOf(dimensions: readonly (Dimension | null)[], { from, to }: Range, zone: string, now: number) {
  const unit = dimensions.find((dimension): dimension is TimeUnit => dimension !== null && isTime(dimension))
  if (unit === undefined || from === undefined || to === undefined) return null
  const starts = startsWithin(unit, zone, from, Math.min(to, now), MOST_TIMES)
  return starts === null ? null : { unit, members: starts.map((at) => timeOf(unit, at, zone)) }
}

const fileName = (rows: Dimension, columns: Dimension | null, measure: Measure) =>
  `usage-${measure}-by-${rows}${columns === null ? '' : `-and-${columns}`}.csv`
