import { Paper, ScrollArea, Table } from '@mantine/core'
import type { ReactNode } from 'react'

interface PlainTableProps {
  title: string
  /** Of each column; one that begins with `#` has figures. */
  heads: readonly string[]
  rows: readonly (readonly ReactNode[])[]
  foot?: readonly ReactNode[]
}

/** A short table that is read as it is. */
export function PlainTable({ title, heads, rows, foot }: PlainTableProps) {
  const side = (index: number) => (heads[index]?.startsWith('#') === true ? 'right' : 'left')
  const inColumns = (Cell: typeof Table.Td | typeof Table.Th, cells: readonly ReactNode[]) =>
    cells.map((cell, index) => (
      <Cell key={heads[index]} ta={side(index)}>
        {cell}
      </Cell>
    ))
  const names = heads.map((head) => head.replace('#', ''))
  return (
    <Paper withBorder>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': title }}>
        <Table verticalSpacing={4} horizontalSpacing="sm" aria-label={title}>
          <Table.Thead>
            <Table.Tr>{inColumns(Table.Th, names)}</Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((cells, row) => (
              // oxlint-disable-next-line no-array-index-key -- they are in the order in which they happened, for good
              <Table.Tr key={row}>{inColumns(Table.Td, cells)}</Table.Tr>
            ))}
          </Table.Tbody>
          {foot === undefined ? null : (
            <Table.Tfoot>
              <Table.Tr>{inColumns(Table.Th, foot)}</Table.Tr>
            </Table.Tfoot>
          )}
        </Table>
      </ScrollArea>
    </Paper>
  )
}
