import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { cellOf, linesOf, usedOf } from '../../cli/cells.ts'
import { layTable, tableLines } from '../../cli/print-table.ts'
import { columnsOf } from '../../cli/resource-commands.ts'
import type { Column } from '../../cli/table-layout.ts'
import type { Definition } from '../../services/resources/definition.ts'
import { DEFINITIONS } from '../../services/resources/definitions.ts'
import { fc, times } from '../support/fuzz.ts'
import { textsOf } from '../support/table-rows.ts'

const COLUMNS: Column[] = [
  { heading: 'TIME', rank: 'known' },
  { heading: 'NAME', rank: 'known', is: 'name' },
  { heading: 'TEXT', is: 'prose' },
  { heading: 'TOKENS', rank: 'lesser', right: true },
  { heading: 'COST' }
]
const ROWS = [
  ['2026-11-29T10:43:20.123Z', 'claude-sonnet-4-5-20250929', 'rests until 2026-11-29T11:00:00.000Z', '12', '0.25'],
  ['2026-11-29T10:43:21.456Z', 'claude-sonnet-4-20250514', '', '1234567', '1']
]

suite('a table', () => {
  test('is whole where there is room', () => {
    assert.deepEqual(tableLines(COLUMNS, ROWS, Infinity), [
      'TIME                      NAME                        TEXT                                   TOKENS  COST',
      '2026-11-29T10:43:20.123Z  claude-sonnet-4-5-20250929  rests until 2026-11-29T11:00:00.000Z       12  0.25',
      '2026-11-29T10:43:21.456Z  claude-sonnet-4-20250514                                          1234567  1'
    ])
    assert.deepEqual(tableLines(COLUMNS, ROWS, 106), tableLines(COLUMNS, ROWS, Infinity))
  })

  test('leaves out what is lesser, then shortens, and says so', () => {
    assert.deepEqual(tableLines(COLUMNS, ROWS, 96), [
      'TIME                  NAME                        TEXT                              COST',
      '2026-11-29T10:43:20Z  claude-sonnet-4-5-20250929  rests until 2026-11-29T11:00:00Z  0.25',
      '2026-11-29T10:43:21Z  claude-sonnet-4-20250514                                      1',
      'Left out: TOKENS; whole with --wide.'
    ])
    assert.deepEqual(tableLines(COLUMNS, ROWS, 76), [
      'TIME                  NAME                        TEXT          COST',
      '2026-11-29T10:43:20Z  claude-sonnet-4-5-20250929  rests until…  0.25',
      '2026-11-29T10:43:21Z  claude-sonnet-4-20250514                  1',
      'Left out: TOKENS; whole with --wide.'
    ])
    assert.deepEqual(tableLines(COLUMNS, ROWS, 50), [
      'TIME                  NAME',
      '2026-11-29T10:43:20Z  claude-sonnet-4-5-20250929',
      '2026-11-29T10:43:21Z  claude-sonnet-4-20250514',
      'Left out: TEXT, TOKENS, COST; whole with --wide.'
    ])
    assert.deepEqual(tableLines(COLUMNS, ROWS, 46), [
      'TIME                  NAME                COST',
      '2026-11-29T10:43:20Z  claude-so…20250929  0.25',
      '2026-11-29T10:43:21Z  claude-so…20250514  1',
      'Left out: TEXT, TOKENS; whole with --wide.'
    ])
    assert.deepEqual(
      tableLines(
        COLUMNS.slice(1, 2),
        ROWS.map((row) => row.slice(1)),
        20
      ).slice(1),
      ['claude-son…-20250929', 'claude-son…-20250514', 'Shortened; whole', 'with --wide.']
    )
  })

  test('shortens a long name before it leaves out more than what is lesser', () => {
    const [name, email] = ['continuous-integration', 'wilhelmina.vandenbergh@engineering.example.com']
    const columns: Column[] = [...COLUMNS.slice(1, 2), { heading: 'KEY', rank: 'known', is: 'name' }, ...COLUMNS.slice(4)]
    assert.deepEqual(tableLines(columns, [[email, name, '1']], 70).slice(1, -1), [
      'wilhelmina.vandenber…neering.example.com  continuous-integration  1'
    ])
    assert.match(tableLines(columns, [[email, name, '1']], 50)[1] ?? '', /^wil.*….*com {2}con.*….*ion {2}1$/)
  })

  test('leaves out what says nothing before what is lesser', () => {
    const columns: Column[] = [{ heading: 'NAME', rank: 'known' }, { heading: 'NONE' }, { heading: 'KIND', rank: 'lesser' }]
    assert.deepEqual(
      layTable(
        columns,
        [
          ['a', '-', 'team'],
          ['b', '', 'team']
        ],
        10
      ),
      {
        lines: ['NAME  KIND', 'a     team', 'b     team'],
        leftOut: ['NONE']
      }
    )
  })

  test('has each row on lines of its own where there is no room for columns', () => {
    const columns: Column[] = [
      { heading: 'OWNER', rank: 'known', is: 'name' },
      { heading: 'ACCOUNT', rank: 'known', is: 'name' },
      ...COLUMNS.slice(3)
    ]
    const [owner, account] = ['wilhelmina@example.com', (zone: number) => `anthropic-production-eu-${zone}-of-the-organisation`]
    const rows = [1, 2].map((zone) => [owner, account(zone), '12', '0.25'])
    assert.deepEqual(tableLines(columns, [...rows, ['total', '', '24', '0.5']], 34), [
      'OWNER    wilhelmina@example.com',
      'ACCOUNT  anthropic-production-eu-1',
      '         -of-the-organisation',
      'COST     0.25',
      '',
      'OWNER    wilhelmina@example.com',
      'ACCOUNT  anthropic-production-eu-2',
      '         -of-the-organisation',
      'COST     0.25',
      '',
      'OWNER    total',
      'COST     0.5',
      'Left out: TOKENS; whole with',
      '--wide.'
    ])
  })

  const name = fc.oneof(
    fc.string({ maxLength: 70 }),
    fc
      .tuple(
        fc.constantFrom('claude-sonnet-4-', 'dev@', 'ä漢🙂'.repeat(8)),
        fc.nat(99),
        fc.constantFrom('', '@example.com'.repeat(3))
      )
      .map((parts) => parts.join(''))
  )

  test('never makes two rows look the same, cuts no id, and fits', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, name), { minLength: 1, maxLength: 12, selector: (pair) => pair.join('\n') }),
        fc.uuid(),
        fc.integer({ min: 10, max: 160 }),
        (names, id, width) => {
          const columns: Column[] = [
            { heading: 'OWNER', rank: 'known', is: 'name' },
            { heading: 'NAME', rank: 'known', is: 'name' },
            { heading: 'ID' },
            { heading: 'NOTE', is: 'prose', rank: 'lesser' }
          ]
          // Marks keep apart what the spaces between columns would not.
          const rows = names.map((pair) => [...pair.map((part) => `<${printed(part)}>`), id, 'words '.repeat(9)])
          const { lines, leftOut } = layTable(columns, rows, width)
          const distinct = new Set(rows.map((row) => row.slice(0, 2).join('\n')))
          const shown = textsOf(rows.length, lines)
          assert.ok(new Set(shown).size >= distinct.size, lines.join('\n'))
          assert.ok(shown.every((row) => row.includes(id) === (leftOut === null || !leftOut.includes('ID'))))
          assert.ok(
            lines.every((line) => lengthIn(line) <= width),
            lines.join('\n')
          )
        }
      ),
      times(200)
    )
  })
})

const printed = (text: string) => text.replace(/[^\p{L}\p{N}\p{P}\p{S}]/gu, '.')
const SEGMENTER = new Intl.Segmenter('en')
const lengthIn = (line: string) => [...SEGMENTER.segment(line)].length

test('rows of every kind show what they are known by in 80 columns, and their notes where there is room', () => {
  for (const definition of Object.values<Definition>(DEFINITIONS)) {
    const columns = columnsOf(definition).map(({ field, ...column }) => ({ ...column, heading: field }))
    if (columns.length === 0) continue
    const row = columns.map(({ heading }) => `of 30 characters, as ${heading}`.slice(0, 30))
    const headings = layTable(columns, [row], 80).lines[0]?.split(/ +/) ?? []
    const owner = 'user_email' in definition.fields ? ['user_email'] : []
    assert.deepEqual(
      [...owner, definition.known].filter((known) => !headings.includes(known)),
      [],
      definition.plural
    )
    const whole = layTable(columns, [row], Infinity).lines[0]?.split(/ +/)
    assert.equal(whole?.includes('note'), 'note' in definition.fields, definition.plural)
  }
})

test('nested values are lines and words, never JSON', () => {
  const limits = { daily: '5', weekly: null }
  const windows = [
    { kind: 'day', limit_usd: '5', used_usd: '1.5', resets_at: null },
    { kind: 'week', limit_usd: null, used_usd: '2', resets_at: null }
  ]
  assert.deepEqual(linesOf('spend_limits', limits), [['spend_limits.daily', '5']])
  assert.deepEqual(linesOf('windows', windows), [
    ['windows.day.limit_usd', '5'],
    ['windows.day.used_usd', '1.5'],
    ['windows.week.used_usd', '2']
  ])
  const rests = [
    { kind: 'failures', scope: null },
    { kind: 'failures', scope: 'claude-opus-5-5' }
  ]
  assert.deepEqual(linesOf('cooldowns', rests), [
    ['cooldowns.1.kind', 'failures'],
    ['cooldowns.2.kind', 'failures'],
    ['cooldowns.2.scope', 'claude-opus-5-5']
  ])
  assert.deepEqual(linesOf('models', ['a', 'b']), [
    ['models', 'a'],
    ['', 'b']
  ])
  assert.deepEqual(linesOf('models', []), [['models', '-']])
  assert.deepEqual([usedOf(windows), usedOf([])], ['day 1.5 of 5', '-'])
  assert.deepEqual(
    [cellOf({ before: { status: 'active' }, after: {} }), cellOf(['a', 'b']), cellOf(null), cellOf(false)],
    ['before: status: active, after: -', 'a, b', '-', 'false']
  )
})
