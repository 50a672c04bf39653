import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { OperationError } from '../../cli/failures.ts'
import { watch } from '../../cli/top.ts'
import { frameLines, type Overview } from '../../cli/top-frame.ts'
import { ADMIN_TOKEN, ask, startGateway } from '../support/gateway.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

const SCRIPT = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))

const OVERVIEW: Overview = {
  at: '2026-11-25T08:12:34.567Z',
  version: '0.2.0',
  phase: 'running',
  database: 'ok',
  slots: 'shared',
  replicas: 2,
  journal: { bytes: 26_586, oldest_age_ms: null, accepting: true },
  in_flight: 7,
  upstream: 5,
  waiting: 3,
  users: [
    { name: 'ann@example.com', limit: 5, in_flight: 5, waiting: 3 },
    { name: 'bob@example.com', limit: 0, in_flight: 2, waiting: 0 }
  ],
  users_left_out: 0,
  unserved_groups: [],
  accounts: [
    {
      name: 'main',
      state: 'available',
      limit: 5,
      in_flight: 5,
      waiting: 2,
      error: null,
      cooldown_until: null,
      cooldown_reason: null,
      windows: [
        { name: '5h', utilization: 0.124, resets_at: null },
        { name: '7d', utilization: null, resets_at: null }
      ]
    },
    {
      name: 'spare',
      state: 'cooling_down',
      limit: 0,
      in_flight: 0,
      waiting: 0,
      error: null,
      cooldown_until: '2026-11-25T08:20:00.000Z',
      cooldown_reason: 'answered 429',
      windows: []
    }
  ],
  usage: [60, 300].map((seconds) => ({
    seconds,
    requests: 30,
    errors: 1,
    input_tokens: 12_345,
    output_tokens: 600,
    cache_creation_tokens: 0,
    cache_read_tokens: 7_654_321,
    cost_usd: '1.500000000',
    charged_usd: '3.000000000'
  }))
}

const state = (changes: Partial<Overview> = {}) => ({
  server: 'http://127.0.0.1:8080',
  overview: { ...OVERVIEW, ...changes },
  silence: null
})
const ALL = { width: Infinity, height: Infinity }

suite('a frame of sluice top', () => {
  test('has what is in flight, what is used a minute, the busiest users and the accounts', () => {
    assert.deepEqual(frameLines(state(), ALL), [
      'sluice top  http://127.0.0.1:8080  0.2.0  2026-11-25 08:12:34 UTC',
      '7 in flight, 5 of them upstream; 3 waiting',
      '2 replicas, slots shared, database ok, journal 26.0 KiB',
      '',
      'PER MINUTE  ATTEMPTS  ERRORS  INPUT  OUTPUT  CACHE WRITES  CACHE READS  COST USD  CHARGED',
      'over 1 min        30       1  12.3k     600             0         7.7M    1.5000   3.0000',
      'over 5 min         6     0.2   2469     120             0         1.5M    0.3000   0.6000',
      '',
      'WAITING  HELD  USER',
      '      3   5/5  ann@example.com',
      '      0   2/-  bob@example.com',
      '',
      'WAITING  HELD  ACCOUNT  STATE         HEALTH',
      '      2   5/5  main     available     5h 12 %',
      '      0   0/-  spare    cooling down  until 08:20:00 UTC: answered 429'
    ])
  })

  test('says which sessions of a user wait, with how many requests', () => {
    const told = (session: string | null, waiting: number) => ({ session, waiting })
    const [ann, bob] = OVERVIEW.users
    const users = [
      { ...ann!, waiting_sessions: [told('mKrxK0ZzWvYk', 2), told(null, 1)], waiting_sessions_left_out: 3 },
      { ...bob!, waiting_sessions: [], waiting_sessions_left_out: 0 }
    ]
    assert.deepEqual(frameLines(state({ users }), ALL).slice(8, 11), [
      'WAITING  HELD  USER             WAITING BY SESSION',
      '      3   5/5  ann@example.com  mKrxK0ZzWvYk 2, none 1, and 3 more',
      '      0   2/-  bob@example.com'
    ])
  })

  const team = (name: string, used: string, limit = '500') => ({
    name,
    windows: [
      { kind: 'month', used_usd: used, limit_usd: limit },
      { kind: 'day', used_usd: '0', limit_usd: '50' }
    ],
    reserved_usd: '3.2'
  })

  test('has the teams with a limit: what is spent of the tightest, and what is reserved', () => {
    const lines = frameLines(state({ teams: [team('core', '410.004'), team('labs', '1.5', '20.5')], teams_left_out: 0 }), ALL)
    assert.deepEqual(lines.slice(8, 17), [
      'WAITING  HELD  USER',
      '      3   5/5  ann@example.com',
      '      0   2/-  bob@example.com',
      '',
      'USED    SPENT USD  RESERVED  TEAM  PER',
      '82 %   410.00/500    3.2000  core  month',
      ' 7 %  1.5000/20.5    3.2000  labs  month',
      '',
      'WAITING  HELD  ACCOUNT  STATE         HEALTH'
    ])
    const many = state({ teams: Array.from({ length: 30 }, (_, n) => team(`team-${n}`, '1')), teams_left_out: 5 })
    for (let height = 0; height < 60; height += 1) {
      const small = frameLines(many, { width: 80, height })
      assert.ok(small.length <= height)
      const at = small.findIndex((line) => line.startsWith('USED'))
      assert.ok(at === -1 || /team-0 +month$/.test(small[at + 1] ?? ''), small.join('\n'))
    }
    const fitting = frameLines(many, { width: 80, height: 40 })
    const shown = fitting.filter((line) => line.endsWith('month'))
    assert.deepEqual(
      fitting.filter((line) => line.startsWith('and ')),
      [`and ${35 - shown.length} more`]
    )
  })

  test('says what is away or degraded, and since when nobody answers', () => {
    const [, , , ...warnings] = frameLines(
      {
        ...state({
          phase: 'draining',
          database: 'away',
          slots: 'local',
          journal: { bytes: 3 * 2 ** 20, oldest_age_ms: 31_000, accepting: false },
          in_flight: null,
          usage: null,
          paused: 2
        }),
        silence: { ms: 12_345, reason: 'connect ECONNREFUSED' }
      },
      ALL
    )
    assert.deepEqual(warnings.slice(0, 9), [
      '! no response for 12 s: connect ECONNREFUSED',
      '! the server is shutting down',
      '! the database is away: keys are served from memory, and usage waits in the journal',
      '! Redis is away: each replica counts slots by itself',
      '! the journal takes no more: new requests are refused',
      '! usage has waited for 31 s to be settled',
      '! 2 keys, sessions or agents paused: sluice pauses list --status active',
      '',
      'what was used cannot be told now'
    ])
  })

  test('fits any terminal, and says what it leaves out', () => {
    const many = state({
      users: Array.from({ length: 100 }, (_, n) => ({ name: `user-${n}@example.com`, limit: 1, in_flight: 1, waiting: n })),
      users_left_out: 20,
      accounts: Array.from({ length: 50 }, (_, n) => ({ ...OVERVIEW.accounts[0]!, name: `account-${n}` }))
    })
    for (let height = 0; height < 200; height += 1) {
      for (const width of [0, 1, 20, 80, 200]) {
        const lines = frameLines(many, { width, height })
        assert.ok(lines.length <= height, `${lines.length} lines in ${height}`)
        assert.ok(lines.every((line) => line.length <= Math.max(1, width)))
      }
    }
    const small = frameLines(many, { width: 80, height: 24 })
    assert.equal(small.length, 24)
    assert.deepEqual(
      small.filter((line) => line.startsWith('and ')),
      ['and 117 more', 'and 42 more']
    )
  })

  test('lets no name or message steer the terminal', () => {
    const evil = '\u001B]0;owned\u0007\u001B[2J\r\n\u202Ename'
    const [user] = OVERVIEW.users
    const [account] = OVERVIEW.accounts
    const lines = frameLines(
      {
        server: evil,
        overview: {
          ...OVERVIEW,
          at: evil,
          phase: evil,
          slots: evil,
          database: evil,
          users: [{ ...user!, name: evil }],
          accounts: [{ ...account!, name: evil, state: evil, error: evil, cooldown_reason: evil, cooldown_until: evil }]
        },
        silence: { ms: 1, reason: evil }
      },
      { width: 500, height: 100 }
    )
    assert.doesNotMatch(lines.join(''), /[\p{Cc}\p{Cf}]/u)
    assert.ok(lines.some((line) => line.includes('name')))
  })
})

/** A terminal that shows what was written since it was last entered or drawn on. */
function fakeTerminal() {
  let written = ''
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString()
        done()
      }
    }),
    { columns: 100, rows: 30 }
  )
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => modes.push(raw) })
  return {
    output,
    input,
    modes,
    written: () => written,
    frames: () => written.split('\u001B[H').slice(1),
    lastFrame: () => stripVTControlCharacters(written.split('\u001B[H').at(-1)!).split('\r\n')
  }
}

const RESTORED = '\u001B[?7h\u001B[?25h\u001B[?1049l'

suite('sluice top on a terminal', () => {
  function watching(response: () => Overview) {
    const terminal = fakeTerminal()
    const clock = createVirtualClock()
    const ending = new AbortController()
    const { output, input } = terminal
    const watched = watch({
      server: 'http://127.0.0.1:8080',
      ask: async () => response(),
      clock,
      intervalMs: 2000,
      output,
      input,
      signal: ending.signal
    })
    return { ...terminal, clock, watched, end: () => ending.abort('SIGTERM') }
  }

  for (const [how, end] of [
    ['q', ({ input }) => input.write('q')],
    ['Ctrl-C', ({ input }) => input.write('\u0003')],
    ['a signal', (top) => top.end()],
    ['its terminal going away', ({ output }) => output.emit('error', new Error('write EPIPE'))]
  ] as [string, (top: ReturnType<typeof watching>) => unknown][]) {
    test(`draws over the last frame until it is ended by ${how}, and gives the terminal back`, async () => {
      let looks = 0
      const top = watching(() => ({ ...OVERVIEW, waiting: ++looks }))
      await until('it is drawn', () => top.frames().length === 1)
      assert.ok(top.written().startsWith('\u001B[?1049h\u001B[?25l'))
      assert.match(top.lastFrame()[1]!, /; 1 waiting$/)
      await top.clock.advance(2000)
      await until('it is drawn again', () => top.frames().length === 2)
      assert.match(top.lastFrame()[1]!, /; 2 waiting$/)
      Object.assign(top.output, { columns: 20, rows: 3 }).emit('resize')
      assert.equal(top.lastFrame().length, 3)
      assert.ok(top.lastFrame().every((line) => line.length <= 20))
      assert.ok(!top.written().includes('\u001B[2J'))
      end(top)
      await top.watched
      assert.ok(top.written().endsWith(RESTORED))
      assert.deepEqual(top.modes, [true, false])
      await top.clock.advance(10_000)
      assert.equal(top.frames().length, 3)
    })
  }

  test('keeps the last frame while the server is gone, and goes on when it is back', async () => {
    let isGone = false
    const top = watching(() => {
      if (isGone) throw new OperationError('the server does not answer at http://127.0.0.1:8080: connect ECONNREFUSED')
      return OVERVIEW
    })
    await until('it is drawn', () => top.frames().length === 1)
    isGone = true
    await top.clock.advance(2000)
    await until('it says so', () =>
      top.lastFrame().some((line) => line.startsWith('! no response for 2 s: the server does not'))
    )
    assert.ok(top.lastFrame().includes('7 in flight, 5 of them upstream; 3 waiting'))
    isGone = false
    await top.clock.advance(2000)
    await until('it goes on', () => top.frames().length === 3)
    assert.ok(!top.lastFrame().some((line) => line.startsWith('! ')))
    top.end()
    await top.watched
  })

  test('a server that never answers is a failure, and the terminal is left alone', async () => {
    const top = watching(() => {
      throw new OperationError('nobody there')
    })
    await assert.rejects(top.watched, /nobody there/)
    assert.equal(top.written(), '')
  })
})

async function used(t: TestContext) {
  const gateway = await startGateway(t)
  await (await gateway.messages(ask())).text()
  await gateway.settled()
  return { env: { SLUICE_URL: gateway.url, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN } }
}

await suite('sluice top as a process', async () => {
  test('elsewhere than on a terminal prints one frame, or a line of JSON each time', async (t) => {
    const { env } = await used(t)
    const plain = await runSluice(['top'], env)
    assert.deepEqual([plain.code, plain.err], [0, ''])
    assert.match(plain.out, /^sluice top {2}http[^]*\nover 1 min +1 +0 [^]*\nWAITING +HELD +ACCOUNT/)
    assert.ok(!plain.out.includes('\u001B'))
    const json = await runSluice(['top', '--json', '--once'], env)
    assert.equal((JSON.parse(json.out) as Overview).usage?.[0]?.requests, 1)

    const child = spawn(process.execPath, [SCRIPT, 'top', '--json', '--interval', '0.1'], { env: { ...process.env, ...env } })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const ended = once(child, 'exit')
    await until('three lines', () => out.split('\n').length > 3, 20_000)
    for (const line of out.split('\n').slice(0, 3)) assert.equal((JSON.parse(line) as Overview).phase, 'running')
    child.stdout.destroy()
    assert.deepEqual(await ended, [141, null], err)
    assert.equal(err, '')
  })

  test('needs a running server', async () => {
    const none = await runSluice(['top'], { DATA_DIR: '/nonexistent-folder' })
    assert.deepEqual([none.code, none.out], [3, ''])
    assert.match(none.err, /^sluice: No server runs on \S+: start it, or name one with --url\n$/)
    const local = await runSluice(['top', '--local'], {})
    assert.deepEqual([local.code, local.out], [2, ''])
    const wrong = await runSluice(['top', '--interval', '0'], {})
    assert.equal(wrong.code, 2)
  })
})
