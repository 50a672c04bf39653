import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MEASURES, type SummaryRow } from '../pages/usage/measures.ts'
import { timeOf } from '../pages/usage/members.ts'
import { pivotCsv } from '../pages/usage/pivot-csv.ts'
import { foldColumns, pivot, transpose } from '../pages/usage/pivot.ts'
import { readUsageSearch } from '../pages/usage/search.ts'

const row = (changes: Partial<SummaryRow>): SummaryRow => ({
  requests: 1,
  errors: 0,
  input_tokens: 10,
  output_tokens: 5,
  cache_creation_tokens: 0,
  cache_read_tokens: 0,
  cache_hit_rate: null,
  cost_usd: '0.1',
  charged_usd: '0.1',
  ...changes
})
const of = (id: string, model: string, charged: string) =>
  row({ user_id: id, user_email: `${id}@example.com`, model, charged_usd: charged })

const QUESTION = { rows: 'user', columns: 'model', measure: 'charged', zone: 'UTC' } as const
const chargedOf = MEASURES.charged.of

describe('a pivot', () => {
  const table = pivot([of('1', 'opus', '0.1'), of('1', 'haiku', '0.2'), of('2', 'opus', '3.000000001')], QUESTION)

  it('has exact totals, the greatest first, and nothing where nothing was used', () => {
    assert.deepEqual(
      table.lines.map(({ member, cells, total }) => [
        member.id,
        cells.map((cell) => cell && chargedOf(cell)),
        chargedOf(total)
      ]),
      [
        ['2', ['3.000000001', null], '3.000000001'],
        ['1', ['0.1', '0.2'], '0.3']
      ]
    )
    assert.deepEqual(table.columnTotals.map(chargedOf), ['3.100000001', '0.2'])
    assert.equal(chargedOf(table.total), '3.300000001')
  })

  it('puts an instant in the hour that begins with it, however it is written, and counts it once', () => {
    const hours = [timeOf('hour', 0, 'UTC'), timeOf('hour', 3_600_000, 'UTC')]
    const used = ['1970-01-01T01:00:00.000Z', '1970-01-01T01:00:00Z', '1970-01-01T01:00:00.000Z'].map((hour) => row({ hour }))
    const { lines } = pivot(used, {
      rows: 'hour',
      columns: null,
      measure: 'requests',
      zone: 'UTC',
      times: { unit: 'hour', members: hours }
    })
    assert.deepEqual(
      lines.map(({ member, total }) => [member.label, total.requests]),
      [
        ['1 Jan, 00:00', 0],
        ['1 Jan, 01:00', 3]
      ]
    )
  })

  it('is itself when it is turned twice', () => {
    assert.deepEqual(transpose(transpose(table)), table)
    assert.deepEqual(
      transpose(table).lines.map(({ member }) => member.label),
      ['opus', 'haiku']
    )
  })

  it('puts columns together without losing anything', () => {
    const wide = pivot(
      ['a', 'b', 'c', 'd'].map((model, index) => of('1', model, String(index + 1))),
      QUESTION
    )
    const folded = foldColumns(wide, 2)
    assert.deepEqual(
      folded.columns.map(({ label }) => label),
      ['d', 'c', '2 others']
    )
    assert.deepEqual(folded.columnTotals.map(chargedOf), ['4', '3', '3'])
    assert.deepEqual(
      folded.lines[0]!.cells.map((cell) => chargedOf(cell!)),
      ['4', '3', '3']
    )
    assert.equal(foldColumns(wide, 3), wide)
  })

  it('shows hours of which there is nothing', () => {
    const hours = [0, 1, 2].map((hour) => timeOf('hour', hour * 3_600_000, 'UTC'))
    const used = row({ model: 'opus', hour: '1970-01-01T01:00:00.000Z' })
    const byHour = pivot([used], {
      rows: 'model',
      columns: 'hour',
      measure: 'requests',
      zone: 'UTC',
      times: { unit: 'hour', members: hours }
    })
    assert.deepEqual(
      byHour.lines[0]!.cells.map((cell) => cell?.requests ?? null),
      [null, 1, null]
    )
  })

  it('has no hours among the days', () => {
    const times = { unit: 'hour', members: [timeOf('hour', 0, 'UTC')] } as const
    const used = row({ hour: '1970-01-01T00:00:00.000Z', day: '1970-01-01T00:00:00.000Z' })
    const question = { rows: 'hour', columns: 'day', measure: 'requests', zone: 'UTC', times } as const
    assert.deepEqual(
      pivot([used], question).columns.map(({ label }) => label),
      ['1 Jan']
    )
    assert.equal(pivot([], question).columns.length, 0)
  })

  it('computes a rate of sums, and none of nothing', () => {
    const cached = pivot([row({ model: 'a', input_tokens: 1, cache_read_tokens: 2 }), row({ model: 'b', input_tokens: 0 })], {
      rows: 'model',
      columns: null,
      measure: 'hit-rate',
      zone: 'UTC'
    })
    assert.deepEqual(
      cached.lines.map(({ total }) => MEASURES['hit-rate'].of(total)),
      ['0.6667', null]
    )
  })

  it('tells what was deleted, and keys of one name by their owners', () => {
    const keys = pivot(
      [
        row({ user_id: '1', user_email: 'ann@example.com', key_id: '1', key_name: 'laptop 🚀' }),
        row({ user_id: '2', user_email: 'bob@example.com', key_id: '2', key_name: 'laptop 🚀' }),
        row({ user_id: '3', user_email: null, key_id: '3', key_name: null })
      ],
      { ...QUESTION, rows: 'key', columns: null }
    )
    assert.deepEqual(
      keys.lines.map(({ member }) => [member.label, member.filters]),
      [
        ['ann@example.com/laptop 🚀', { key: ['laptop 🚀'], user: ['ann@example.com'] }],
        ['bob@example.com/laptop 🚀', { key: ['laptop 🚀'], user: ['bob@example.com'] }],
        ['deleted key 3', null]
      ]
    )
  })

  it('is a file of exact values, in which no name is a formula', () => {
    const names = ['=HYPERLINK("http://x")', '+1', '@SUM(A1)', '-2+3', 'a,"b"\r\nc']
    const table = pivot(
      names.map((model) => row({ model, charged_usd: '0.000000001' })),
      { ...QUESTION, rows: 'model', columns: null }
    )
    assert.deepEqual(
      pivotCsv(table, 'model', 'charged').split('\r\n').sort(),
      [
        '',
        '"\'=HYPERLINK(""http://x"")",0.000000001',
        '"a,""b""',
        'c",0.000000001',
        "'+1,0.000000001",
        "'-2+3,0.000000001",
        "'@SUM(A1),0.000000001",
        'Model,Total',
        'Total,0.000000005'
      ].sort()
    )
  })
})

describe('the URL', () => {
  it('keeps what can be meant and leaves out the rest', () => {
    assert.deepEqual(
      readUsageSearch({
        rows: 'model',
        columns: 'none',
        measure: 'x',
        zone: 'Nowhere',
        user: 'a',
        key: [7, '7', '', {}],
        range: 3
      }),
      { rows: 'model', columns: 'none', user: ['a'], key: ['7'] }
    )
    assert.deepEqual(readUsageSearch({ measure: 'constructor', rows: 'toString' }), {})
  })
})
