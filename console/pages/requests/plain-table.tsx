import { Paper, ScrollArea, Table, Title } from '@mantine/core'
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
  return (
    <Paper withBorder>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': title }}>
        <Table verticalSpacing={4} horizontalSpacing="sm" aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              {heads.map((head, index) => (
                <Table.Th key={head} ta={side(index)}>
                  {head.replace('#', '')}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((cells, row) => (
              // oxlint-disable-next-line no-array-index-key -- they are in the order in which they happened, for good
              <Table.Tr key={row}>
                {cells.map((cell, index) => (
                  <Table.Td key={heads[index]} ta={side(index)}>
                    {cell}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
          {foot === undefined ? null : (
            <Table.Tfoot>
              <Table.Tr>
                {foot.map((cell, index) => (
                  <Table.Th key={heads[index]} ta={side(index)}>
                    {cell}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Tfoot>
          )}
        </Table>
      </ScrollArea>
    </Paper>
  )
}

/** A part of the page with a heading. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} mb="xs">
        {title}
      </Title>
      {children}
    </section>
  )
}
