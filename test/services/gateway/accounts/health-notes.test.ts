import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HealthChange } from '../../../../services/gateway/accounts/account-health.ts'
import type { UpstreamAccount } from '../../../../services/gateway/accounts/account-directory.ts'
import type { Verdict } from '../../../../services/gateway/accounts/verdicts.ts'
import { createHealthNotes, createSignInEndings } from '../../../../services/gateway/accounts/health-notes.ts'
import type { Cooldown } from '../../../../services/resources/accounts/cooldowns.ts'
import type { AccountRecord } from '../../../../services/resources/records/accounts.ts'

const BY_SLUICE = { actor: 'sluice', exchangeId: 'x-1' }
const COOLDOWN: Cooldown = { kind: 'overloaded', scope: '', reason: '529', since: 0, until: 1, probeAt: null, level: 1 }

const cooldown = (accountId: string, changes: Partial<Cooldown> = {}, before: Cooldown | null = null): HealthChange => ({
  accountId,
  type: 'cooldown',
  before,
  after: { ...COOLDOWN, ...changes }
})

function setUp({ pending = [] as string[], ofNewCredential = [] as HealthChange[] } = {}) {
  const stored: [name: string, types: string[], actor: string][] = []
  const lines: [level: string, account: unknown][] = []
  const calls: unknown[][] = []
  const line = (level: string) => (fields: { account: string }) => void lines.push([level, fields.account])
  const notes = createHealthNotes({
    health: {
      forget: (ids) => void calls.push(['forget all but', ...ids]),
      replace: (id) => void calls.push(['replace', id]),
      noteNewCredential(id) {
        calls.push(['new credential', id])
        return ofNewCredential
      }
    },
    store: {
      record: (name, changes, { actor }) => void stored.push([name, changes.map(({ type }) => type), actor]),
      isPending: (id, readAt) => readAt === 7 && pending.includes(id),
      flush: async () => {}
    },
    known: () => [
      { id: '1', name: 'one' },
      { id: '2', name: 'two' }
    ],
    log: { warn: line('warn'), error: line('error') } as never
  })
  return { notes, stored, lines, calls }
}

const record = (id: string, credentials: string) =>
  ({ id, name: `name of ${id}`, credentials: Buffer.from(credentials) }) as AccountRecord

test('what becomes of an account and its peers is stored and logged under the name of each', () => {
  const { notes, stored, lines } = setUp()
  const error: HealthChange = { accountId: '1', type: 'error', reason: 'refused', signInEnded: false }
  notes.note({ id: '1', name: 'renamed' }, [cooldown('2'), error, cooldown('3'), cooldown('2')], BY_SLUICE)
  assert.deepEqual(stored, [
    ['two', ['cooldown', 'cooldown'], 'sluice'],
    ['renamed', ['error'], 'sluice'],
    ['account 3', ['cooldown'], 'sluice']
  ])
  assert.deepEqual(lines, [
    ['warn', 'two'],
    ['warn', 'two'],
    ['error', 'renamed'],
    ['warn', 'account 3']
  ])
})

test('windows, and the next try of an origin, are stored but no news for the log', () => {
  const { notes, stored, lines } = setUp()
  const nextTry = cooldown('1', { scope: 'origin' }, { ...COOLDOWN, scope: 'origin' })
  notes.note({ id: '1', name: 'one' }, [{ accountId: '1', type: 'windows', windows: [] }, nextTry], BY_SLUICE)
  assert.deepEqual([stored, lines], [[['one', ['windows', 'cooldown'], 'sluice']], []])
})

test('what was read replaces what is known, but where this process has news that the read may have missed', () => {
  const { notes, calls } = setUp({ pending: ['2'] })
  notes.learn([record('1', 'a'), record('2', 'a')], 7)
  assert.deepEqual(calls, [
    ['forget all but', '1', '2'],
    ['replace', '1']
  ])
  calls.length = 0
  notes.learn([record('2', 'a')], 8)
  assert.deepEqual(calls, [
    ['forget all but', '2'],
    ['replace', '2']
  ])
})

test('a credential that another process has renewed ends what only the old one was to blame for', () => {
  const ended: HealthChange = { accountId: '1', type: 'cooldown', before: COOLDOWN, after: null }
  const { notes, stored, calls } = setUp({ ofNewCredential: [ended] })
  notes.learn([record('1', 'a')], 0)
  notes.learn([record('1', 'a'), record('2', 'a')], 0)
  assert.deepEqual(stored, [])
  notes.learn([record('1', 'b'), record('2', 'a')], 0)
  notes.learn([record('1', 'b'), record('2', 'a')], 0)
  assert.deepEqual(stored, [['name of 1', ['cooldown'], 'sluice']])
  assert.deepEqual(
    calls.filter(([call]) => call === 'new credential'),
    [['new credential', '1']]
  )
})

test('an account whose sign-in has ended is put in error, unless it is gone', async () => {
  const reports: unknown[][] = []
  const noted: unknown[][] = []
  const ended: HealthChange = { accountId: '1', type: 'error', reason: 'over', signInEnded: true }
  const endSignIn = createSignInEndings({
    async find(id) {
      if (id === 'unknown') throw new Error('the database is away')
      return id === '1' ? ({ id, name: 'one' } as UpstreamAccount) : null
    },
    health: {
      report(id, _model, sign) {
        reports.push([id, (sign as Verdict).reason])
        return [ended]
      }
    },
    note: (account, changes, { actor }) => void noted.push([account.name, changes, actor])
  })
  for (const id of ['1', 'gone', 'unknown']) await endSignIn(id, 'over')
  assert.deepEqual(reports, [['1', 'over']])
  assert.deepEqual(noted, [['one', [ended], 'sluice']])
})
