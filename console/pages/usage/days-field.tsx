import '@mantine/dates/styles.css'
import { DatePickerInput } from '@mantine/dates'
import { useState } from 'react'

interface DaysFieldProps {
  days: [string, string]
  width: number
  onChange: (first: string, last: string) => void
}

/** The first and the last of some days, in a calendar. */
export function DaysField({ days, width, onChange }: DaysFieldProps) {
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
      w={width}
    />
  )
}
