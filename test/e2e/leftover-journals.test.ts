import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { account, ask, user, type ListedEvent } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

test('what an instance left behind that will not come back is settled once', async (t) => {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const declared = {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: [account('main', upstream.url)],
    users: [user()]
  }
  const place = await serverPlace(t, { declared, env: { LEASE_TTL_MS: '300', DRAIN_DELAY_MS: '0' } })
  const first = await place.start({ SETTLE_INTERVAL_MS: '600000' })
  for (let n = 0; n < 3; n++) assert.match(await (await place.messages(ask())).text(), /"type":"message"/)
  assert.equal((await place.list('/usage-events')).length, 0)
  first.kill('SIGKILL')
  await first.exited

  const idFile = join(place.dataDir, 'instance-id')
  const gone = (await readFile(idFile, 'utf8')).trim()
  await rm(idFile)
  const second = await place.start()
  await until('all is settled', async () => (await place.list('/usage-events')).length === 3)
  const events = await place.list<ListedEvent>('/usage-events')
  assert.deepEqual(
    events.map(({ outcome, basis }) => [outcome, basis]),
    Array.from({ length: 3 }, () => ['completed', 'final'])
  )
  assert.deepEqual(
    (await readdir(join(place.dataDir, 'journal', gone))).filter((name) => name !== 'settled'),
    []
  )
  second.kill('SIGTERM')
  assert.deepEqual(await second.ends(), { code: 0, signal: null })
})
