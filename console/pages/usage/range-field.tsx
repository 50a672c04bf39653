import { Alert, Select, Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { serverNow } from '../../api/server-time.ts'
import { useChoicesWhenReached } from '../../parts/choices-when-reached.ts'
import { formatRange } from './range-words.ts'
import { daysOf, daysText, PRESETS, rangeOf } from './ranges.ts'
import { dateIn } from './zones.ts'

interface RangeFieldProps {
  range: string
  zone: string
  onChange: (range: string) => void
}

const DAYS = 'days'
const DAYS_WIDTH = 230

/** With a calendar, which few need. */
const DaysField = lazy(async () => ({ default: (await import('./days-field.tsx')).DaysField }))

/** Which time is looked at: one that moves on, certain days, or what a link has brought. */
export function RangeField({ range, zone, onChange }: RangeFieldProps) {
  const days = daysOf(range)
  const whenReached = useChoicesWhenReached()
  const isPreset = Object.hasOwn(PRESETS, range)
  const choices = [
    ...Object.entries(PRESETS).map(([value, { label }]) => ({ value, label })),
    { value: DAYS, label: 'Certain days …' },
    ...(isPreset || days !== null ? [] : [{ value: range, label: formatRange(range, zone) }])
  ]
  function choose(choice: string | null) {
    if (choice === null) return
    onChange(choice === DAYS ? currentDays(range, zone) : choice)
  }
  return (
    <>
      <Select
        {...whenReached}
        label="Time"
        data={choices}
        value={days === null ? range : DAYS}
        onChange={choose}
        allowDeselect={false}
        w={{ base: 'calc(50% - 5px)', xs: 190 }}
      />
      {days === null ? null : (
        <Suspense fallback={<Skeleton w={DAYS_WIDTH} h={36} />}>
          <DaysField key={range} days={days} width={DAYS_WIDTH} onChange={(first, last) => onChange(daysText(first, last))} />
        </Suspense>
      )}
    </>
  )
}

/** Instead of what is looked at, where the address has a range that is none. */
export function NoSuchTime({ range }: { range: string }) {
  return (
    <Alert color="red" title="There is no such time">
      {range} is no range of time that ends after it begins. Choose another.
    </Alert>
  )
}

/** The days that are looked at now, to go on from. */
function currentDays(range: string, zone: string): string {
  const now = serverNow()
  const { from = now, to = now + 1 } = rangeOf(range, zone, now) ?? {}
  return daysText(dateIn(zone, from).toString(), dateIn(zone, Math.min(to - 1, now)).toString())
}
