import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountDirectory } from '../../../../services/gateway/accounts/account-directory.ts'
import { createReadings } from '../../../../services/platform/database/readings.ts'
import { createSecretBox } from '../../../../services/platform/secrets.ts'
import { sealCredentials } from '../../../../services/resources/accounts/credentials.ts'
import type { AccountRecord } from '../../../../services/resources/records/accounts.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const FRESH_MS = 10_000
const box = createSecretBox(['0'.repeat(64)])
const sealed = (apiKey: string) => sealCredentials(box, 'main', { type: 'api-key', apiKey, headers: {} })
const proxy = (port: number, name = 'exit') => ({ name, url: box.seal(`http://127.0.0.1:${port}`, `proxy:${name}`) })

const MAIN: AccountRecord = {
  id: '1',
  name: 'main',
  type: 'api-key',
  credentials: sealed('sk-1'),
  auth: 'x-api-key',
  baseUrl: 'https://one.test/api',
  modelMapping: {},
  allowedModels: null,
  acceptedModels: [],
  concurrency: 5,
  priority: 50,
  status: 'active',
  schedulable: true,
  error: null,
  ownerId: null,
  shared: true,
  headerProfile: false,
  proxyId: '1',
  version: 1,
  groups: [],
  ownerEmail: null,
  proxy: proxy(3128),
  cooldowns: [],
  windows: []
}

function setUp() {
  const clock = createVirtualClock()
  let opened = 0
  let stored: AccountRecord[] = [MAIN]
  const directory = createAccountDirectory({
    read: async () => stored,
    secretBox: { ...box, open: (...args) => (opened++, box.open(...args)) },
    defaultBaseUrl: 'https://default.test',
    clock,
    readings: createReadings({ clock, freshMs: FRESH_MS, staleMs: FRESH_MS, onAway: () => {} }),
    onUnreadable: () => {},
    onRead: () => {}
  })
  return {
    directory,
    opened: () => opened,
    /** As they are found at the next reading. */
    async readAgain(...records: AccountRecord[]) {
      stored = records
      await clock.advance(FRESH_MS)
      await directory.load()
    }
  }
}

/** As the database gives it: nothing of it is the same object. */
const copyOf = (record: AccountRecord): AccountRecord => ({
  ...record,
  credentials: Buffer.from(record.credentials),
  proxy: record.proxy === null ? null : { ...record.proxy, url: Buffer.from(record.proxy.url) }
})

test('what is sealed of an account is opened anew only when something of how it is reached has changed', async () => {
  const { directory, opened, readAgain } = setUp()
  await readAgain(MAIN)
  const before = opened()
  await readAgain(copyOf(MAIN))
  await readAgain({ ...copyOf(MAIN), priority: 1, status: 'error', error: 'out', version: 2 })
  assert.equal(opened(), before)
  assert.equal((await directory.find('1'))?.proxy?.port, 3128)
})

for (const [what, change, seen] of [
  ['credentials', { credentials: sealed('sk-2') }, { credentials: { type: 'api-key', apiKey: 'sk-2', headers: {} } }],
  ['base URL', { baseUrl: 'https://two.test' }, { origin: 'https://two.test', basePath: '' }],
  ['authorization', { auth: 'bearer' }, { auth: 'bearer' }],
  ['owner', { ownerId: '7', shared: false }, { servesUserId: '7' }],
  ['header profile', { headerProfile: true }, { headerProfile: true }],
  ['proxy', { proxy: null }, { proxy: null }]
] as const) {
  test(`an account whose ${what} was changed is reached as it is now`, async () => {
    const { directory, readAgain } = setUp()
    await readAgain(MAIN)
    await readAgain({ ...copyOf(MAIN), ...change })
    assert.partialDeepStrictEqual(await directory.find('1'), seen)
    await readAgain(MAIN)
    assert.partialDeepStrictEqual(await directory.find('1'), {
      origin: 'https://one.test',
      basePath: '/api',
      headerProfile: false
    })
  })
}

test('an account whose proxy was changed, or was given one of the same URL, is reached by that', async () => {
  const { directory, readAgain } = setUp()
  await readAgain(MAIN)
  for (const [given, port] of [
    [proxy(3129), 3129],
    [proxy(3130, 'other'), 3130]
  ] as const) {
    await readAgain({ ...copyOf(MAIN), proxy: given })
    assert.equal((await directory.find('1'))?.proxy?.port, port)
  }
})

test('an account that could not be read is looked at again, and who shares its way is told', async () => {
  const { directory, readAgain } = setUp()
  const two = { ...copyOf(MAIN), id: '2', status: 'disabled' as const }
  await readAgain({ ...MAIN, credentials: Buffer.from('no box sealed this') }, two)
  assert.match(directory.problemOf('1') ?? '', /unknown format/)
  assert.equal(await directory.find('1'), null)
  await readAgain(MAIN, two, { ...copyOf(MAIN), id: '0' }, { ...copyOf(MAIN), id: '9', baseUrl: null })
  assert.equal(directory.problemOf('1'), null)
  assert.deepEqual(
    [directory.peersOf('1'), directory.peersOf('2'), directory.peersOf('9')],
    [['0', '1'], ['0', '1', '2'], ['9']]
  )
})
