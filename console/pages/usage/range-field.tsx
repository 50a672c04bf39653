import '@mantine/dates/styles.css'
import { Alert, Select } from '@mantine/core'
import { DatePickerInput } from '@mantine/dates'
import { useState } from 'react'
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
      {days === null ? null : <Days key={range} days={days} onChange={(first, last) => onChange(daysText(first, last))} />}
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

function Days({ days, onChange }: { days: [string, string]; onChange: (first: string, last: string) => void }) {
  const [picked, setPicked] = useState<[string | null, string | null]>(days)
  function pick(value: [string | null, string | null]) {
    setPicked(value)
    const [first, last] = value
    if (first !== null && last !== null) onChange(first, last)
  }
  return (
    <DatePickerInput
      type="range"
      allowSingleDateInRange
      label="Days"
      value={picked}
      onChange={pick}
      valueFormat="D MMM YYYY"
      w={230}
    />
  )
}

/** The days that are looked at now, to go on from. */
function currentDays(range: string, zone: string): string {
  const now = serverNow()
  const { from = now, to = now + 1 } = rangeOf(range, zone, now) ?? {}
  return daysText(dateIn(zone, from).toString(), dateIn(zone, Math.min(to - 1, now)).toString())
}
