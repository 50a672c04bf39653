import { randomUUID } from 'node:crypto'
import type { RedisClient } from '../slots/redis-client.ts'
import type { OutstandingChange, OutstandingView, SharedOutstanding } from './shared-outstanding.ts'

/**
 * KEYS: the processes that live (a sorted set by when their time is over), then a hash a budget, all under one tag. Fields of a hash:
 * - epoch
 * - o|PROCESS|SHARE: what a process has outstanding, for as long as the process lives
 * - s|PROCESS|SHARE: what it has settled; of processes that are gone it is added up under no name
 * Amounts are nano-dollars, which Lua does not calculate with: it would round them.
 */
const PUBLISH = `
  local call = redis.call
  local me, fresh, ttl, keep = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
  local time = call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local until_ = call('ZSCORE', KEYS[1], me)
  local known = until_ and tonumber(until_) > now
  call('ZADD', KEYS[1], now + ttl, me)
  call('PEXPIRE', KEYS[1], keep)
  local living = {}
  local function lives(process)
    if process == me then return true end
    if living[process] == nil then
      local ends = call('ZSCORE', KEYS[1], process)
      living[process] = (ends and tonumber(ends) > now) or false
    end
    return living[process]
  end
  local views, at = {}, 5
  for i = 2, #KEYS do
    local key = KEYS[i]
    call('HSETNX', key, 'epoch', fresh)
    local count = tonumber(ARGV[at])
    at = at + 1
    for _ = 1, count do
      local share, open, settled = ARGV[at], ARGV[at + 1], ARGV[at + 2]
      at = at + 3
      local name = 'o|' .. me .. '|' .. share
      if open == '0' then call('HDEL', key, name) else call('HSET', key, name, open) end
      if settled ~= '0' then call('HINCRBY', key, 's|' .. me .. '|' .. share, settled) end
    end
    call('PEXPIRE', key, keep)
    local fields, view = call('HGETALL', key), {}
    for f = 1, #fields, 2 do
      local kind, process, share = string.match(fields[f], '^(.)|([^|]*)|(.*)$')
      if kind == nil then view[#view + 1] = fields[f]; view[#view + 1] = fields[f + 1]
      elseif process ~= me then
        if process ~= '' and not lives(process) then
          call('HDEL', key, fields[f])
          if kind == 's' then call('HINCRBY', key, 's||' .. share, fields[f + 1]) end
        end
        if kind == 's' or lives(process) then view[#view + 1] = fields[f]; view[#view + 1] = fields[f + 1] end
      end
    end
    views[#views + 1] = view
  end
  return { known and 1 or 0, views }`

interface RedisOutstandingOptions {
  redis: RedisClient
  /** What the names of all keys begin with. */
  prefix: string
  /** Tells this process from all others. */
  processId?: string
  /** What a process has outstanding ends so long after its last sign of life. */
  leaseTtlMs: number
}

/** A budget that nobody uses for so long begins anew. */
const KEEP_MS = 3_600_000

/** Budgets that replicas share through a Redis or Redis Cluster: under one tag, so that a request's are looked at in one moment. */
export function createRedisOutstanding(options: RedisOutstandingOptions): SharedOutstanding {
  const { redis, prefix, processId = randomUUID(), leaseTtlMs } = options
  const tag = `${prefix}:{money}`
  redis.defineCommand('money:publish', { lua: PUBLISH })
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<[number, string[][]]>>

  return {
    async publish(changes) {
      // A command would wait for the connection.
      if (redis.status !== 'ready') throw new Error('Redis is away')
      const keys = [`${tag}:living`, ...changes.map(({ budget }) => `${tag}:${budget}`)]
      const args = changes.flatMap(argumentsOf)
      const fresh = `${processId}:${randomUUID()}`
      const run = commands['money:publish']!
      const [known, views] = await run.call(redis, keys.length, ...keys, processId, fresh, leaseTtlMs, KEEP_MS, ...args)
      return { wasKnown: known === 1, views: views.map(viewOf) }
    }
  }
}

const argumentsOf = ({ shares }: OutstandingChange) => [
  shares.length,
  ...shares.flatMap(({ share, outstandingNano, settledNano }) => [share, String(outstandingNano), String(settledNano)])
]

function viewOf(fields: readonly string[]): OutstandingView {
  let epoch = ''
  const outstanding = new Map<string, bigint>()
  const settled = new Map<string, bigint>()
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    const value = fields[at + 1]!
    if (name === 'epoch') epoch = value
    else {
      const sums = name.startsWith('o|') ? outstanding : settled
      const share = name.slice(name.indexOf('|', 2) + 1)
      sums.set(share, (sums.get(share) ?? 0n) + BigInt(value))
    }
  }
  return { epoch, outstanding, settled }
}
