import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { connectRedis } from '../../services/gateway/slots/redis-client.ts'
import { createMembership, type Membership } from '../../services/gateway/slots/redis-membership.ts'
import { createScripts, type RunScript, type ScriptName } from '../../services/gateway/slots/redis-scripts.ts'
import { SlotsEmptiedError } from '../../services/gateway/slots/shared-slots.ts'
import { startRedisServer, type RedisServer } from '../support/redis-server.ts'

const MINUTE = 60_000

interface Member extends Membership {
  userTag: string
  /** Does something when the next script of this name has run, before its answer comes. */
  after: (name: ScriptName, event: () => Promise<void>) => void
}

async function setUp(t: TestContext): Promise<{ server: RedisServer; member: (processId: string) => Member }> {
  const server = await startRedisServer(t)
  const prefix = `test-${randomUUID()}`

  function member(processId: string): Member {
    const connection = connectRedis({ urls: [server.url], onFault: () => {} })
    t.after(() => connection.close())
    const runScript = createScripts(connection.redis, {
      processId,
      channelPrefix: `${prefix}:wake:`,
      leaseTtlMs: MINUTE,
      claimMs: MINUTE,
      waiterTtlMs: MINUTE,
      keepMs: MINUTE,
      metaKeepMs: MINUTE
    })
    const events = new Map<ScriptName, () => Promise<void>>()
    const run: RunScript = async (name, ...rest) => {
      const reply = await runScript(name, ...rest)
      const event = events.get(name)
      events.delete(name)
      await event?.()
      return reply
    }
    const accountsTag = `{${prefix}:accounts}`
    const membership = createMembership({ accountsTag, run, listenMs: 1, isAlone: () => true, onEmptied: () => {} })
    return { ...membership, userTag: `{${prefix}:ann}`, after: (name, event) => events.set(name, event) }
  }
  return { server, member }
}

test('the first script under a tag runs once the epoch is known there, and by then only once', async (t) => {
  const { member } = await setUp(t)
  const a = member('a')
  await a.join()
  assert.equal((await a.ask('poll', a.userTag))[0], 'polled')
  a.after('join', () => assert.fail('asked for the epoch once more'))
  assert.equal((await a.ask('poll', a.userTag))[0], 'polled')
})

test('an emptying between the look at the epoch and its copy under a tag is not missed', async (t) => {
  const { server, member } = await setUp(t)
  const [a, fresh] = [member('a'), member('fresh')]
  await a.join()
  a.after('join', server.flushAll)
  await assert.rejects(a.ask('poll', a.userTag), SlotsEmptiedError)
  await fresh.join()
  assert.equal((await fresh.ask('poll', fresh.userTag))[0], 'polled')
})

test('nor is one that comes before a look that was under way already', async (t) => {
  const { server, member } = await setUp(t)
  const a = member('a')
  await a.join()
  const { promise: looked, resolve: answer } = Promise.withResolvers<void>()
  const { promise: emptied, resolve: onEmptied } = Promise.withResolvers<void>()
  a.after('join', async () => {
    await server.flushAll()
    onEmptied()
    await looked
  })
  const early = a.join()
  await emptied
  a.after('poll', () => Promise.resolve(answer()))
  await assert.rejects(a.ask('poll', a.userTag), SlotsEmptiedError)
  await early
})
