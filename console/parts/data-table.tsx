import { Box, Button, Checkbox, Group, Menu, Paper, ScrollArea, Table, Text, UnstyledButton } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import {
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type Column,
  type ColumnDef,
  type SortFn
} from '@tanstack/react-table'
import { useDeferredValue, useMemo, type ReactNode } from 'react'
import { ARROWS, orderBy, type Order } from './order.ts'

/** A column of a table. */
export interface TableColumn<Row> {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** What it is sorted by; a column without is not sorted. Amounts are decimal strings: see `numeric`. */
  value?: (row: Row) => string | number | null
  /** Figures: to the right, and sorted as numbers. */
  numeric?: boolean
  /** The order by it that is asked for first, as the API calls it: `email`, or `-spend_month` for the most first. */
  sort?: string
  /** What is in it, where the heading is too short to say so. */
  about?: string
  /** Not shown until it is chosen. */
  hidden?: boolean
}

export interface DataTableProps<Row> {
  /** Names the table for assistive technology, and what the reader's choice of columns is kept under. */
  name: string
  columns: readonly TableColumn<Row>[]
  rows: readonly Row[]
  /** By default the row’s id; where it has none, what is in its first column. */
  rowKey?: (row: Row) => string
  /** What to do where there is nothing. */
  empty: ReactNode
  /** Whether all rows are here: only then may the reader sort them. */
  isWhole?: boolean
  /** The order that the API lists them in, where it is asked for one: any row may then be among those that are not here yet. */
  order?: Order
  /** Below the table, such as a button for more rows. */
  footer?: ReactNode
  /** A row of sums of all rows, by the columns that they are in. */
  totals?: Partial<Record<string, ReactNode>>
}

/** More than a screen has room for: these are drawn at once, the rest as soon as they are seen. */
const FIRST_ROWS = 30
/** About what a row takes: so much room is left for those to come, for what is below them and for where the reader was. */
const ROW_PX = 34

const TO_THE_RIGHT = { textAlign: 'right' } as const

const features = tableFeatures({ rowSortingFeature, columnVisibilityFeature, sortedRowModel: createSortedRowModel() })
type Features = typeof features

/** Nothing comes last, numbers by their value, and text as people read it. */
function compare(a: string | number | null, b: string | number | null, numeric: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  if (numeric) return Number(a) - Number(b)
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}

/** A table of rows that are here: sorted by any column, with a choice of columns, and wide ones scroll within it. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { name, columns, rows, rowKey = keyOf(columns), empty, isWhole = true, order, footer, totals } = props
  const [chosen, setChosen] = useLocalStorage<Record<string, boolean>>({
    key: `sluice-columns-${name}`,
    defaultValue: {},
    getInitialValueInEffect: false
  })
  const definitions = useMemo(() => columns.map((column) => definitionOf(column)), [columns])
  const visibility = Object.fromEntries(columns.map(({ id, hidden = false }) => [id, chosen[id] ?? !hidden]))
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowKey,
    enableSorting: isWhole && order === undefined,
    state: { columnVisibility: visibility }
  })
  const isAllDrawn = useDeferredValue(true, rows.length <= FIRST_ROWS)
  const lines = table.getRowModel().rows
  const drawn = isAllDrawn ? lines : lines.slice(0, FIRST_ROWS)
  const byId = new Map(columns.map((column) => [column.id, column]))
  const shown = columns.filter(({ id }) => visibility[id])

  function sortingOf(header: Column<Features, Row>, { sort, value }: TableColumn<Row>) {
    if (order !== undefined) return orderBy(order, sort)
    const isSorted = header.getCanSort() && value !== undefined
    return { direction: header.getIsSorted(), toggle: isSorted ? header.getToggleSortingHandler() : undefined }
  }

  return (
    <Paper withBorder>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': name }}>
        <Table striped highlightOnHover verticalSpacing={6} horizontalSpacing="sm" aria-label={name}>
          <Table.Thead>
            {table.getHeaderGroups().map((group) => (
              <Table.Tr key={group.id}>
                {group.headers.map((header) => {
                  const column = byId.get(header.column.id)!
                  const { direction, toggle } = sortingOf(header.column, column)
                  return (
                    <Table.Th
                      key={header.id}
                      ta={column.numeric === true ? 'right' : 'left'}
                      aria-sort={direction === false ? undefined : direction === 'asc' ? 'ascending' : 'descending'}
                      style={{ whiteSpace: 'nowrap' }}
                      title={column.about}
                    >
                      {toggle === undefined ? (
                        column.header
                      ) : (
                        <UnstyledButton fz="sm" fw={600} onClick={toggle}>
                          {column.header} {direction === false ? '' : ARROWS[direction]}
                        </UnstyledButton>
                      )}
                    </Table.Th>
                  )
                })}
              </Table.Tr>
            ))}
          </Table.Thead>
          <Table.Tbody>
            {drawn.map((row) => (
              <tr key={row.id} className={Table.classes.tr} data-with-row-border data-striped="odd" data-hover>
                {shown.map((column) => (
                  // As elements of their own: of components there would be thousands.
                  <td key={column.id} className={Table.classes.td} style={column.numeric === true ? TO_THE_RIGHT : undefined}>
                    {column.cell(row.original)}
                  </td>
                ))}
              </tr>
            ))}
            {isAllDrawn ? null : <tr aria-hidden="true" style={{ height: (lines.length - drawn.length) * ROW_PX }} />}
          </Table.Tbody>
          {totals === undefined || rows.length === 0 ? null : (
            <Table.Tfoot>
              <Table.Tr>
                {shown.map((column, index) => (
                  <Table.Th key={column.id} ta={column.numeric === true ? 'right' : 'left'}>
                    {totals[column.id] ?? (index === 0 ? 'All' : null)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Tfoot>
          )}
        </Table>
      </ScrollArea>
      {rows.length === 0 ? (
        <Box p="lg">
          <Text c="dimmed" component="div">
            {empty}
          </Text>
        </Box>
      ) : null}
      <Group justify="space-between" p="xs">
        <Box>{footer}</Box>
        <Menu position="bottom-end" closeOnItemClick={false}>
          <Menu.Target>
            <Button variant="subtle" size="compact-xs">
              Columns
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {columns.map(({ id, header }) => (
              <Menu.Item key={id} component="div">
                <Checkbox
                  label={header}
                  checked={visibility[id] ?? true}
                  onChange={(event) => setChosen({ ...chosen, [id]: event.currentTarget.checked })}
                />
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Group>
    </Paper>
  )
}

const keyOf =
  <Row extends object>([first]: readonly TableColumn<Row>[]) =>
  (row: Row) =>
    String('id' in row ? row.id : first?.value?.(row))

function definitionOf<Row extends object>({ id, header, value, numeric = false }: TableColumn<Row>): ColumnDef<Features, Row> {
  const byValue: SortFn<Features, Row> = (a, b) => compare(value?.(a.original) ?? null, value?.(b.original) ?? null, numeric)
  return { id, header, accessorFn: (row: Row) => value?.(row) ?? null, sortFn: byValue, enableSorting: value !== undefined }
}
