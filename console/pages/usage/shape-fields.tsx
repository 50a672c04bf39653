import { Select } from '@mantine/core'
import { useChoicesWhenReached } from '../../parts/choices-when-reached.ts'
import { MEASURE_NAMES, MEASURES, type Measure } from './measures.ts'
import { DIMENSION_LABELS, type Dimension } from './members.ts'
import { SIDE_DIMENSIONS, type Side } from './side.ts'
import { turned, type Shape } from './shape.ts'

interface ShapeFieldsProps extends Shape {
  side: Side
  measure: Measure
  onChange: (changes: Partial<Shape & { measure: Measure }>) => void
}

/** What stands in the rows, in the columns and in the cells. */
export function ShapeFields({ side, rows, columns, measure, onChange }: ShapeFieldsProps) {
  const choices = SIDE_DIMENSIONS[side].map((value) => ({ value, label: DIMENSION_LABELS[value] }))
  const shape = { rows, columns }
  const whenReached = useChoicesWhenReached()
  return (
    <>
      <Select
        {...whenReached}
        label="Rows"
        data={choices}
        value={rows}
        onChange={(choice) => onChange(turned(shape, { rows: choice as Dimension }))}
        allowDeselect={false}
        w={{ base: 'calc(50% - 5px)', xs: 120 }}
      />
      <Select
        {...whenReached}
        label="Columns"
        data={[...choices, { value: 'none', label: 'Total only' }]}
        value={columns}
        onChange={(choice) => onChange(turned(shape, { columns: choice as Dimension | 'none' }))}
        allowDeselect={false}
        w={{ base: 'calc(50% - 5px)', xs: 130 }}
      />
      <Select
        {...whenReached}
        label="Measure"
        data={MEASURE_NAMES.map((name) => ({ value: name, label: MEASURES[name].label }))}
        value={measure}
        onChange={(choice) => onChange({ measure: choice as Measure })}
        allowDeselect={false}
        w={{ base: 'calc(50% - 5px)', xs: 160 }}
      />
    </>
  )
}
