import { Select } from '@mantine/core'
import { useChoicesWhenReached } from '../../parts/choices-when-reached.ts'
import { OWN_ZONE } from './zones.ts'

const ZONES = [...new Set(['UTC', OWN_ZONE, ...Intl.supportedValuesOf('timeZone')])]

/** By whose clocks days begin. */
export function ZoneField({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const whenReached = useChoicesWhenReached()
  const zones = ZONES.includes(zone) ? ZONES : [zone, ...ZONES]
  return (
    <Select
      {...whenReached}
      label="Time zone"
      data={zones}
      value={zone}
      onChange={(choice) => choice !== null && onChange(choice)}
      allowDeselect={false}
      searchable
      limit={60}
      nothingFoundMessage="No such time zone"
      w={{ base: 'calc(50% - 5px)', xs: 200 }}
    />
  )
}
