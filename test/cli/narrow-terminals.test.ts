import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layTable } from '../../cli/print-table.ts'
import { sumColumns } from '../../cli/usage.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { fc, times } from '../support/fuzz.ts'
import type { ListedEvent } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { runSluice } from '../support/sluice-command.ts'
import { textsOf } from '../support/table-rows.ts'
import { until } from '../support/until.ts'

const [ANN, CONTRACTOR] = [
  'wilhelmina.vandenbergh@platform-engineering.example.com',
  'wilhelmina.vandenbergh-contractor@platform-engineering.example.com'
] as const
const TEAM = 'platform-engineering-europe'
const KEYS = ['sk-sluice-of-the-laptop-4f1b', 'sk-sluice-of-the-contractor-9c2e']
const MODELS = ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-20250514', 'claude-opus-5-5']

/** With a column of each list that rows are told apart by. */
const LISTS: [args: string, known: string[]][] = [
  ['usage list', ['CREATED_AT', 'CHARGED_USD']],
  ['usage by user', ['USER_EMAIL']],
  ['usage by key', ['USER_EMAIL', 'KEY_NAME']],
  ['usage by group', ['GROUP']],
  ['usage by account', ['ACCOUNT']],
  ['usage by model', ['MODEL']],
  ['usage by hour', ['HOUR']],
  ['usage by day', ['DAY']],
  ['usage by user account model', ['USER_EMAIL', 'ACCOUNT', 'MODEL', 'CHARGED_USD']],
  ['users list', ['EMAIL']],
  ['keys list', ['USER_EMAIL', 'NAME']],
  ['groups list', ['NAME']],
  ['accounts list', ['NAME']],
  ['subscriptions list', ['USER_EMAIL', 'GROUP']],
  ['codes list', ['ID']],
  ['proxies list', ['NAME']],
  ['prices list', ['ID']],
  ['settings list', ['NAME']],
  ['audit list', ['ID']]
]

test('lists are told apart, and nothing that is copied is cut, on terminals of any usual width', async (t) => {
  const upstream = await startSimulatedUpstream({ record: 'none' })
  t.after(() => upstream.close())
  const account = (name: string, note: string) => {
    return {
      name,
      type: 'api-key',
      credentials: { api_key: 'sk-ant-main' },
      base_url: upstream.url,
      groups: ['default', TEAM],
      note
    }
  }
  const place = await serverPlace(t, {
    declared: {
      groups: [
        { name: 'default', kind: 'balance' },
        { name: TEAM, kind: 'subscription', monthly_limit_usd: '150', note: 'the office in Berlin' }
      ],
      proxies: [{ name: 'office-egress', url: 'http://127.0.0.1:9', note: 'asks the network team' }],
      accounts: [
        account('anthropic-production-organisation-eu-1', 'invoices go to finance@example.com'),
        account('anthropic-production-organisation-eu-2', 'the spare one')
      ],
      users: [
        {
          email: ANN,
          balance_usd: '100',
          note: 'joins in May',
          keys: [{ name: 'laptop', key: KEYS[0] }, { name: 'continuous-integration-runner' }]
        },
        {
          email: CONTRACTOR,
          keys: [
            { name: 'laptop', key: KEYS[1], group: TEAM, spend_limits: { daily: '50' }, expires_at: '2099-01-01T00:00:00Z' }
          ],
          subscriptions: [{ group: TEAM, days: 30 }]
        }
      ]
    }
  })
  await place.start()
  for (const key of KEYS) {
    for (const model of MODELS) {
      const body = { model, max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] }
      const response = await place.messages(body, { headers: { 'x-api-key': key } })
      assert.equal(response.status, 200, await response.text())
    }
  }
  await runSluice(['codes', 'add', '--amount', '10', '--count', '2', '--note', 'fair'], place.env)
  await until('all is settled', async () => (await place.list('/usage-events')).length === 6)
  const printed = async (args: string, columns?: number) => {
    const { code, out, err } = await runSluice(args.split(' '), place.env, '', columns)
    assert.equal(code, 0, err)
    // The prices have two lines above the table.
    return out
      .trimEnd()
      .replace(/^Prices of .*\n.*\n\n/, '')
      .split('\n')
  }

  for (const [args, known] of LISTS) {
    await t.test(args, async () => {
      const [wide = '', ...whole] = await printed(args)
      assert.deepEqual(await printed(`${args} --wide`, 80), [wide, ...whole])
      for (const columns of [80, 100, 120]) {
        const [headings = '', ...lines] = await printed(args, columns)
        const shown = headings.split(/ +/)
        assert.deepEqual(
          known.filter((heading) => !shown.includes(heading)),
          [],
          headings
        )
        assert.ok(
          [headings, ...lines].every(({ length }) => length <= columns),
          [headings, ...lines].join('\n')
        )
        const rows = lines.slice(0, whole.length)
        assert.equal(new Set(rows).size, new Set(whole).size, rows.join('\n'))
        const said = lines.slice(whole.length).join(' ')
        const leftOut = /^Left out: (.*); whole with --wide\.$/.exec(said)?.[1]?.split(', ') ?? []
        assert.deepEqual([...shown, ...leftOut].toSorted(), wide.split(/ +/).toSorted())
        assert.equal(said === '', rows.join('\n') === whole.join('\n'), said)
        assert.doesNotMatch(rows.join('\n'), /\d{4}-\d\d-\d\dT\S*…/)
      }
    })
  }

  await t.test('usage list has the id that why wants, whole or not', async () => {
    const events = await place.list<ListedEvent>('/usage-events')
    const ends = (lines: string[]) => lines.slice(1, 7).map((line) => line.split(/ +/).at(-1))
    assert.deepEqual(
      ends(await printed('usage list', 120)),
      events.map((event) => event.exchange_id)
    )
    assert.deepEqual(
      ends(await printed('usage list', 80)),
      events.map((event) => event.charged_usd)
    )
  })

  await t.test('keys list says why a key is refused', async () => {
    assert.match((await printed('keys list', 100))[0] ?? '', /^USER_EMAIL +NAME +STATUS +SPENDING$/)
    assert.equal((await runSluice(['groups', 'disable', TEAM, '--yes'], place.env)).code, 0)
    const [headings, ...lines] = await printed('keys list', 100)
    assert.match(headings ?? '', /^USER_EMAIL +NAME +STATUS +PROBLEM$/)
    assert.match(lines.join('\n'), / active +The group of this…\n/)
  })

  await t.test('top', async () => {
    for (const columns of [80, 100, 120]) {
      const lines = await printed('top --once', columns)
      assert.ok(lines.every(({ length }) => length <= columns))
      assert.equal(new Set(lines.filter((line) => line.includes('anthropic-'))).size, 2)
      assert.match(lines.join('\n'), / CACHE WRITES +CACHE READS /)
    }
  })
})

test('sums of usage fit, whatever the names are and how wide the amounts', () => {
  const word = fc.constantFrom(
    'anthropic',
    'production',
    'organisation',
    'continuous',
    'claude',
    'engineering',
    'europe',
    '7',
    '漢字'
  )
  const name = fc.oneof(
    fc.array(word, { minLength: 1, maxLength: 9 }).map((words) => words.join('-')),
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 120 }).map((text) => text.replaceAll(' ', '.'))
  )
  const dimensions = fc.uniqueArray(fc.constantFrom('user', 'key', 'group', 'account', 'model', 'hour', 'day'), {
    minLength: 1,
    maxLength: 4
  })
  const amount = fc.bigInt({ min: 0n, max: 10n ** 30n }).map((nano) => `${nano}.123456789*`)
  fc.assert(
    fc.property(
      dimensions.chain((by) => {
        const columns = sumColumns(by).map(({ field, ...column }) => ({ heading: field.toUpperCase(), ...column }))
        const cellOf = ({ is, rank }: (typeof columns)[number]) =>
          is === 'name' ? name : rank === 'known' ? fc.constant('2026-11-25T13:00:00.000Z') : fc.nat().map(String)
        const row = fc.tuple(...columns.map((column) => (column.heading.endsWith('_USD') ? amount : cellOf(column))))
        const names = columns.flatMap(({ is }, index) => (is === 'name' ? [index] : []))
        return fc.tuple(
          fc.constant(columns),
          fc.uniqueArray(row, {
            minLength: 1,
            maxLength: 8,
            selector: (cells) => names.map((index) => cells[index]).join('\n')
          })
        )
      }),
      fc.integer({ min: 80, max: 120 }),
      ([columns, rows], width) => {
        const { lines } = layTable(columns, rows, width)
        assert.ok(
          lines.every((line) => line.length <= width),
          lines.join('\n')
        )
        assert.equal(new Set(textsOf(rows.length, lines)).size, rows.length, lines.join('\n'))
      }
    ),
    times(300)
  )
})
