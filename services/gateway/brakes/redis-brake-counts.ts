import type { RedisClient } from '../slots/redis-client.ts'
import { RUN_KEPT_MS, SLICES, type CountReply, type SharedBrakeCounts } from './brake-counts.ts'

/**
 * A hash for each sum: amounts by the number of their slice, and whether it was told that the sum is reached. Slices that lie ahead are
 * of before the server's clock was set back: they are let go, so that no step of it makes a sum larger than it was.
 */
const SUMS = `
  local now = tonumber(ARGV[1])
  if now == nil then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local replies = {}
  for i, key in ipairs(KEYS) do
    local at = 4 * i - 3
    local windowMs, amount, threshold, clears = tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3]), ARGV[at + 4]
    local slice = math.floor(now * ${SLICES} / windowMs)
    local sum, isTold = 0, false
    if amount ~= '0' then redis.call('HINCRBY', key, slice, amount) end
    local fields = redis.call('HGETALL', key)
    for f = 1, #fields, 2 do
      if fields[f] == 'told' then isTold = true
      elseif tonumber(fields[f]) > slice or tonumber(fields[f]) <= slice - ${SLICES} then redis.call('HDEL', key, fields[f])
      else sum = sum + tonumber(fields[f + 1]) end
    end
    local isReached = sum >= threshold
    if isReached and clears == '1' then redis.call('DEL', key)
    elseif #fields > 0 then
      if isReached and not isTold then redis.call('HSET', key, 'told', 1) end
      if not isReached and isTold then redis.call('HDEL', key, 'told') end
      redis.call('PEXPIRE', key, windowMs)
    end
    table.insert(replies, string.format('%.0f', sum))
    table.insert(replies, isReached and 1 or 0)
    table.insert(replies, (isReached and not isTold) and 1 or 0)
  end
  return replies`

const RUN = `
  local mark, threshold, clears = ARGV[1], tonumber(ARGV[2]), ARGV[3]
  local known = redis.call('HMGET', KEYS[1], 'mark', 'length')
  local length = known[1] == mark and tonumber(known[2]) + 1 or 1
  local isReached = length >= threshold
  if isReached and clears == '1' then redis.call('DEL', KEYS[1])
  else
    redis.call('HSET', KEYS[1], 'mark', mark, 'length', length)
    redis.call('PEXPIRE', KEYS[1], ${RUN_KEPT_MS})
  end
  local isNews = isReached and (clears == '1' or length == threshold)
  return { tostring(length), isReached and 1 or 0, isNews and 1 or 0 }`

type Command = (keys: number, ...args: (string | number)[]) => Promise<unknown>
type Replied = [count: string, isReached: 0 | 1, isNews: 0 | 1]

const toReply = ([count, isReached, isNews]: Replied): CountReply => ({
  count: BigInt(count),
  isReached: isReached === 1,
  isNews: isNews === 1
})

/** What a key counts has its hash tag, so that one script reaches it in a Redis Cluster. */
export function createRedisBrakeCounts(
  redis: RedisClient,
  prefix: string,
  /** In place of the server's clock. */
  now: (() => number) | null = null
): SharedBrakeCounts {
  redis.defineCommand('brakes:sums', { lua: SUMS })
  redis.defineCommand('brakes:run', { lua: RUN })
  const commands = redis as unknown as Record<'brakes:sums' | 'brakes:run', Command>
  const redisKeyOf = (keyId: string, name: string) => `${prefix}:{k:${keyId}}:brake:${name}`

  function refuseAway(): void {
    // A command would wait for the connection.
    if (redis.status !== 'ready') throw new Error('Redis is away')
  }

  return {
    async sums(keyId, asks) {
      refuseAway()
      const keys = asks.map(({ name }) => redisKeyOf(keyId, name))
      const values = asks.flatMap(({ windowMs, amount, threshold, clears }) => [
        windowMs,
        String(amount),
        String(threshold),
        clears ? 1 : 0
      ])
      const replies = (await commands['brakes:sums'](
        keys.length,
        ...keys,
        now === null ? '' : now(),
        ...values
      )) as Replied[number][]
      return asks.map((_ask, index) => toReply(replies.slice(3 * index, 3 * index + 3) as Replied))
    },

    async run(keyId, { name, mark, threshold, clears }) {
      refuseAway()
      const reply = await commands['brakes:run'](1, redisKeyOf(keyId, name), mark, String(threshold), clears ? 1 : 0)
      return toReply(reply as Replied)
    }
  }
}
