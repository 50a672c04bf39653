import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openProcessSlots } from '../../../../services/gateway/slots/process-slots.ts'
import { createSwitchedSlots } from '../../../support/switched-slots.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const TIMES = { leaseTtlMs: 30_000, affinityTtlMs: 3_600_000 }

function setUp({ hasRedis = true, isAway = false } = {}) {
  const clock = createVirtualClock()
  const shared = hasRedis ? createSwitchedSlots({ clock }) : null
  if (isAway) shared?.goAway()
  shared?.setReplicas(2)
  const lines: string[] = []
  const line = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message.split(':')[0]}`)
  const log = { info: line('info'), warn: line('warn'), error: line('error') } as never
  return { clock, shared, lines, ...openProcessSlots({ shared, clock, log, ...TIMES }) }
}

test('without a Redis slots are in the process, which is alone and waits for nothing', async () => {
  const { sharing, firstContact, close } = setUp({ hasRedis: false })
  await firstContact()
  assert.deepEqual([sharing.state(), sharing.replicas()], ['in-process', 1])
  await close()
})

test('a start waits until Redis has been heard from, but not for ever', async () => {
  const near = setUp()
  const far = setUp({ isAway: true })
  const contacts = { near: false, far: false }
  void near.firstContact().then(() => (contacts.near = true))
  void far.firstContact().then(() => (contacts.far = true))
  await near.clock.advance(20)
  await far.clock.advance(2999)
  assert.deepEqual(contacts, { near: true, far: false })
  await far.clock.advance(21)
  assert.deepEqual(contacts, { near: true, far: true })
  assert.deepEqual([near.sharing.state(), far.sharing.state(), near.sharing.replicas()], ['shared', 'local', 2])
  await near.close()
  await far.close()
})

test('each change is reported once, with how many replicas there are', async () => {
  const { clock, shared, lines, close } = setUp()
  await clock.advance(0)
  shared?.goAway()
  await clock.advance(5000)
  shared?.comeBack()
  await clock.advance(5000)
  assert.deepEqual(lines, ['warn: Redis is unavailable', 'info: slots are shared with all replicas again'])
  await close()
})
