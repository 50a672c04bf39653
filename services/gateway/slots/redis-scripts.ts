import type { RedisClient } from './redis-client.ts'

/**
 * What is said once for all scripts. KEYS[1] is the hash tag under which a script keeps to: of a user, whose pools are 'place'
 * and 'slot', or of all accounts, whose pools are their ids. The names of all other keys begin with it.
 *
 * - meta: hash of epoch, arrivals and takings (counters), and of each pool its limit and when it was last taken
 * - leases:POOL: sorted set of lease ids by expiry
 * - queue:POOL: sorted set of waiting lease ids by arrival
 * - waiters: hash of what each waiter wants, by the id that its lease will have
 * - turns: of a user's waiters, as JSON: since when their sessions and agents are due, as in turns.ts
 * - processes: sorted set of the processes whose waiters live, by expiry; under the accounts' tag these are the replicas
 * - grants:PROCESS: hash of leases granted to waiters and not claimed yet
 * - session:HASH: hash, a session's binding
 * - ticket:NAME: what was under the tag when its epoch was not to be found is still there
 */
const PRELUDE = `
local base, call = KEYS[1], redis.call
local epoch, process, channels = ARGV[1], ARGV[2], ARGV[3]
local leaseTtl, claimMs, waiterTtl = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local keepMs, metaKeepMs = ARGV[7], ARGV[8]
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local meta, waiters, processes = base .. ':meta', base .. ':waiters', base .. ':processes'

-- What an epoch begins with that followed no other.
local FRESH = 'fresh:'

local function leasesOf(pool) return base .. ':leases:' .. pool end
local function queueOf(pool) return base .. ':queue:' .. pool end
local function grantsOf(id) return base .. ':grants:' .. id end
local function keep(key) call('PEXPIRE', key, keepMs) end

-- What was emptied knows no leases, so nothing may be granted until they are registered again.
local function isIntact()
  if call('HGET', meta, 'epoch') ~= epoch then return false end
  call('PEXPIRE', meta, metaKeepMs)
  return true
end

-- With a ticket to adopt the epoch, which is lost when all is emptied. Its name does not come again, since time goes on even then.
local function emptied()
  local ticket = table.concat({ process, time[1], time[2] }, ':')
  call('SET', base .. ':ticket:' .. ticket, 1, 'PX', keepMs)
  return { 'emptied', ticket }
end

local function limitOf(pool) return tonumber(call('HGET', meta, 'limit:' .. pool) or 0) end
local function heldOf(pool) return call('ZCARD', leasesOf(pool)) end
local function hasFreeSlot(pool)
  local limit = limitOf(pool)
  return limit == 0 or heldOf(pool) < limit
end

local function loadsOf(pools)
  local loads = {}
  for i, pool in ipairs(pools) do loads[i] = heldOf(pool) end
  return loads
end

local function dropExpired(pool) call('ZREMRANGEBYSCORE', leasesOf(pool), '-inf', now) end

local function hold(pool, lease, ms)
  call('ZADD', leasesOf(pool), now + ms, lease)
  keep(leasesOf(pool))
end

local function take(pool, lease, ms)
  hold(pool, lease, ms)
  call('HSET', meta, 'taken:' .. pool, call('HINCRBY', meta, 'takings', 1))
end

local function isLive(id)
  local expiry = call('ZSCORE', processes, id)
  return expiry and tonumber(expiry) > now
end

local function live()
  call('ZADD', processes, now + waiterTtl, process)
  keep(processes)
end

local function waiterOf(lease)
  local waiter = call('HGET', waiters, lease)
  return waiter and cjson.decode(waiter)
end

-- The session and the agent in it that a waiter of a user is of, or the session that has a place.
local function laneOf(lease)
  local session, agent = string.match(lease, '^[^~]*~[^~]*~([^~]*)~?(.*)$')
  session = session or ''
  return session, session .. '~' .. (agent or '')
end

local function otherSessions(lease)
  local own, seen, count = laneOf(lease), {}, 0
  for _, other in ipairs(call('ZRANGE', queueOf('slot'), 0, -1)) do
    local session = laneOf(other)
    if session ~= own and not seen[session] then seen[session], count = true, count + 1 end
  end
  return count
end

local function turnsSoFar()
  local turns = call('GET', base .. ':turns')
  return turns and cjson.decode(turns) or {}
end

local function keepTurns(turns) call('SET', base .. ':turns', cjson.encode(turns), 'PX', keepMs) end

-- As turns.ts has it: the waiter of a user who is served next, and what is to be kept once it is.
local function nextInTurn(pool)
  local queue, before = call('ZRANGE', queueOf(pool), 0, -1, 'WITHSCORES'), turnsSoFar()
  local turns, best, ofSession, ofAgent = {}, nil, nil, nil
  for i = 1, #queue, 2 do
    local arrival, session, agent = tonumber(queue[i + 1]), laneOf(queue[i])
    if not turns[agent] then
      turns[session] = turns[session] or math.max(arrival, before[session] or 0)
      turns[agent] = math.max(arrival, before[agent] or 0)
      if not best or turns[session] < turns[ofSession] or (session == ofSession and turns[agent] < turns[ofAgent]) then
        best, ofSession, ofAgent = queue[i], session, agent
      end
    end
  end
  return best, function()
    local served = call('HINCRBY', meta, 'arrivals', 1)
    turns[ofSession], turns[ofAgent] = served, served
    keepTurns(turns)
  end
end

-- One that had its turn and could not use it waits again: it is due since it came.
local function giveTurnBack(lease)
  local turns, session, agent = turnsSoFar(), laneOf(lease)
  if not turns[session] then return end
  turns[session], turns[agent] = nil, nil
  keepTurns(turns)
end

local function leaveQueues(lease, waiter)
  for _, pool in ipairs(waiter.queues) do call('ZREM', queueOf(pool), lease) end
  call('HDEL', waiters, lease)
end

-- The lease is short until the waiter's process says that it still wants it.
local function grant(lease, waiter, pool)
  local message = cjson.encode({ tag = base, lease = lease, pool = pool, loads = loadsOf(waiter.options) })
  take(pool, lease, claimMs)
  leaveQueues(lease, waiter)
  call('HSET', grantsOf(waiter.process), lease, message)
  keep(grantsOf(waiter.process))
  call('PUBLISH', channels .. waiter.process, message)
end

-- Afterwards the pool is full or nobody waits for it, so that who finds a free slot passes nobody. Who waits for a user's slot
-- takes turns, who waits for an account goes by arrival.
local function serve(pool)
  while true do
    local first = call('ZRANGE', queueOf(pool), 0, 1)
    local lease, noteTurn = first[1], nil
    if not lease or not hasFreeSlot(pool) then return end
    if first[2] and pool == 'slot' then lease, noteTurn = nextInTurn(pool) end
    local waiter = waiterOf(lease)
    if not waiter then call('ZREM', queueOf(pool), lease)
    elseif isLive(waiter.process) then
      grant(lease, waiter, pool)
      if noteTurn then noteTurn() end
    else leaveQueues(lease, waiter) end
  end
end

local function refresh(pool)
  dropExpired(pool)
  serve(pool)
end

local function hearLimit(pool, limit)
  if call('HGET', meta, 'limit:' .. pool) ~= tostring(limit) then call('HSET', meta, 'limit:' .. pool, limit) end
  refresh(pool)
end

local function limitedPools()
  local pools, fields = {}, call('HKEYS', meta)
  for _, field in ipairs(fields) do
    if string.sub(field, 1, 6) == 'limit:' then pools[#pools + 1] = string.sub(field, 7) end
  end
  return pools
end

local function forgetDeadWaiters()
  if #call('ZRANGEBYSCORE', processes, '-inf', now) == 0 then return end
  local all = call('HGETALL', waiters)
  for i = 1, #all, 2 do
    local waiter = cjson.decode(all[i + 1])
    if not isLive(waiter.process) then leaveQueues(all[i], waiter) end
  end
  call('ZREMRANGEBYSCORE', processes, '-inf', now)
end

local function sessionKey(hash) return base .. ':session:' .. hash end
local function bindingOf(hash)
  local fields = call('HMGET', sessionKey(hash), 'account', 'read', 'ttl', 'model')
  if not fields[1] then return {} end
  return { fields[1], fields[2] or '0', fields[3] or '0', fields[4] or '' }
end

-- What becomes of the session's binding now that this account serves it, and what it was before.
local function useSession(request, accountId)
  if not request.session then return 'none', {} end
  local key, binding = sessionKey(request.session), bindingOf(request.session)
  if binding[1] == accountId then
    call('PEXPIRE', key, math.max(request.affinityTtlMs, tonumber(binding[3])))
    return 'kept', binding
  end
  for _, candidate in ipairs(request.candidates) do
    if candidate.accountId == binding[1] then return 'spilled', binding end
  end
  call('DEL', key)
  call('HSET', key, 'account', accountId)
  call('PEXPIRE', key, request.affinityTtlMs)
  return binding[1] and 'moved' or 'new', binding
end
`

/** What is in use of all accounts, one value after another, with this many users of each. */
const ACCOUNTS_IN_USE = `
-- As slot-users.ts has it.
local function usersOf(leases, most)
  local users, byId, sessions = {}, {}, 0
  for _, lease in ipairs(leases) do
    local id, session = string.match(lease, '^[^~]*~[^~]*~([^~]+)~?(.*)$')
    if id then
      local user = byId[id]
      if not user then
        user = { id = id, held = 0, sessions = 0, known = {} }
        byId[id], users[#users + 1] = user, user
      end
      user.held = user.held + 1
      if session ~= '' and not user.known[session] then
        user.known[session], user.sessions, sessions = true, user.sessions + 1, sessions + 1
      end
    end
  end
  table.sort(users, function (a, b) return a.held > b.held or (a.held == b.held and a.id < b.id) end)
  local busiest = {}
  for i = 1, math.min(most, #users) do busiest[i] = { users[i].id, users[i].held, users[i].sessions } end
  return #users, sessions, busiest
end

local function accountsInUse(most)
  local used = {}
  if call('HGET', meta, 'epoch') == epoch then forgetDeadWaiters() end
  for _, pool in ipairs(limitedPools()) do
    dropExpired(pool)
    local held, waiting = heldOf(pool), call('ZCARD', queueOf(pool))
    if held + waiting > 0 then
      local first = call('ZRANGE', queueOf(pool), 0, 0)[1] or ''
      local users, sessions, busiest = 0, 0, {}
      if most > 0 then users, sessions, busiest = usersOf(call('ZRANGE', leasesOf(pool), 0, -1), most) end
      for _, each in ipairs({ pool, limitOf(pool), held, waiting, first, users, sessions, busiest }) do used[#used + 1] = each end
    end
  end
  return used
end
`

/** Of one user at a time. */
const AT_USER = `
local pool = 'slot'

local function goTo(before, user, behind)
  base = before .. user .. behind
  meta, waiters, processes = base .. ':meta', base .. ':waiters', base .. ':processes'
end

-- How many wait, and the first of them.
local function queued()
  if call('ZCARD', queueOf(pool)) == 0 then return 0, '' end
  if call('HGET', meta, 'epoch') == epoch then forgetDeadWaiters() end
  return call('ZCARD', queueOf(pool)), call('ZRANGE', queueOf(pool), 0, 0)[1] or ''
end

-- As waiting-sessions.ts has it.
local function sessionsWaiting(most)
  local sessions, byName = {}, {}
  for _, lease in ipairs(call('ZRANGE', queueOf(pool), 0, -1)) do
    local name = laneOf(lease)
    local session = byName[name]
    if not session then
      session = { name = name, waiting = 0 }
      byName[name], sessions[#sessions + 1] = session, session
    end
    session.waiting = session.waiting + 1
  end
  table.sort(sessions, function (a, b) return a.waiting > b.waiting or (a.waiting == b.waiting and a.name < b.name) end)
  local busiest = {}
  for i = 1, math.min(most, #sessions) do busiest[i] = { sessions[i].name, sessions[i].waiting } end
  return #sessions, busiest
end
`

// ARGV[9] and so on are each script's own.
const SCRIPTS = {
  /** Place lease id, capacity, slot lease id or '', limit, places more for sessions without one → entered with slot or not, or full. */
  enter: `
    if not isIntact() then return emptied() end
    hearLimit('place', ARGV[10])
    local function hasPlace(session)
      for _, lease in ipairs(call('ZRANGE', leasesOf('place'), 0, -1)) do if laneOf(lease) == session then return true end end
      return false
    end
    if not hasFreeSlot('place') then
      local session = laneOf(ARGV[9])
      if heldOf('place') >= ARGV[10] + ARGV[13] or hasPlace(session) then return { 'full' } end
    end
    hold('place', ARGV[9], leaseTtl)
    if ARGV[11] == '' then return { 'entered', 0 } end
    hearLimit('slot', ARGV[12])
    if not hasFreeSlot('slot') then return { 'entered', 0 } end
    take('slot', ARGV[11], leaseTtl)
    return { 'entered', 1 }
  `,

  /** A PoolRequest as JSON. */
  acquire: `
    if not isIntact() then return emptied() end
    local request = cjson.decode(ARGV[9])
    local lease = request.lease

    -- As account-order.ts has it.
    local UNLIMITED_SLOTS = 1000000
    local function standingOf(option)
      local limit, held = limitOf(option.accountId), heldOf(option.accountId)
      if limit > 0 and held >= limit then return nil end
      local taken = tonumber(call('HGET', meta, 'taken:' .. option.accountId) or 0)
      local load = held / (limit == 0 and UNLIMITED_SLOTS or limit)
      return { option.usedLast and 1 or 0, option.priority, load, option.windowResetsAt or math.huge, taken }
    end
    local function comesBefore(a, b)
      for i = 1, 5 do if a[i] ~= b[i] then return a[i] < b[i] end end
      return false
    end
    local function pick(options)
      local best, bestStanding
      for _, option in ipairs(options) do
        local standing = standingOf(option)
        if standing and (not best or comesBefore(standing, bestStanding)) then best, bestStanding = option, standing end
      end
      return best
    end

    local excluded = {}
    for _, id in ipairs(request.exclude) do excluded[id] = true end
    local options, ids = {}, {}
    for _, candidate in ipairs(request.candidates) do
      hearLimit(candidate.accountId, candidate.limit)
      if not excluded[candidate.accountId] then
        options[#options + 1] = candidate
        ids[#ids + 1] = candidate.accountId
      end
    end

    if #options == 0 then return { 'none' } end
    if request.again then
      local granted = call('HGET', grantsOf(process), lease)
      if granted then return { 'granted', granted } end
      local waiter = waiterOf(lease)
      if waiter then leaveQueues(lease, waiter) else giveTurnBack(lease) end
    end

    local boundId, bound = request.session and bindingOf(request.session)[1], nil
    for _, option in ipairs(options) do if option.accountId == boundId then bound = option end end
    if boundId and not bound and request.pinned then return { 'none' } end
    local only = request.only and bound
    local arrival = request.arrival or call('HINCRBY', meta, 'arrivals', 1)

    local free = bound and pick({ bound })
    if not free and not only then free = pick(options) end
    if free then
      local loads = loadsOf(ids)
      take(free.accountId, lease, leaseTtl)
      local affinity, binding = useSession(request, free.accountId)
      return { 'taken', free.accountId, arrival, affinity, binding, loads }
    end

    local queues = only and { bound.accountId } or ids
    for _, pool in ipairs(queues) do
      call('ZADD', queueOf(pool), arrival, lease)
      keep(queueOf(pool))
    end
    call('HSET', waiters, lease, cjson.encode({ process = process, queues = queues, options = ids }))
    keep(waiters)
    live()
    if queues[1] ~= 'slot' then return { 'waiting', arrival, only and 1 or 0 } end
    return { 'waiting', arrival, 0, otherSessions(lease) }
  `,

  /** Pool, limit. */
  hear: `
    if not isIntact() then return emptied() end
    hearLimit(ARGV[9], ARGV[10])
    return { 'heard' }
  `,

  /** Lease id, pool, a PoolRequest as JSON: the waiter still wants what it was granted. */
  claim: `
    if not isIntact() then return emptied() end
    local lease, pool, request = ARGV[9], ARGV[10], cjson.decode(ARGV[11])
    call('HDEL', grantsOf(process), lease)
    dropExpired(pool)
    if not call('ZSCORE', leasesOf(pool), lease) then
      serve(pool)
      return { 'late' }
    end
    hold(pool, lease, leaseTtl)
    local affinity, binding = useSession(request, pool)
    return { 'taken', affinity, binding }
  `,

  /** Pairs of pool and lease id, one for each pool that the lease may be in: waiting, granted or held, it is over. */
  finish: `
    local intact = isIntact()
    for i = 9, #ARGV, 2 do
      local pool, lease = ARGV[i], ARGV[i + 1]
      local waiter = waiterOf(lease)
      if waiter then leaveQueues(lease, waiter) end
      call('HDEL', grantsOf(process), lease)
      if call('ZREM', leasesOf(pool), lease) == 1 and intact then refresh(pool) end
    end
    return { 'done' }
  `,

  /** Lease id, pool: nobody waits any more for what was granted; but it may have been claimed before its message came. */
  decline: `
    local lease, pool = ARGV[9], ARGV[10]
    if call('HDEL', grantsOf(process), lease) == 0 then return { 'claimed' } end
    if call('ZREM', leasesOf(pool), lease) == 1 and isIntact() then refresh(pool) end
    return { 'declined' }
  `,

  /** Pairs of pool and lease id → the numbers of the pairs whose leases have ended, from 0. */
  renew: `
    if not isIntact() then return emptied() end
    local gone = {}
    for i = 9, #ARGV, 2 do
      local expiry = call('ZSCORE', leasesOf(ARGV[i]), ARGV[i + 1])
      if expiry and tonumber(expiry) > now then hold(ARGV[i], ARGV[i + 1], leaseTtl)
      else gone[#gone + 1] = (i - 9) / 2 end
    end
    return { 'renewed', gone }
  `,

  /** Pairs of pool and lease id, to be held whatever the limit. */
  restore: `
    for i = 9, #ARGV, 2 do hold(ARGV[i], ARGV[i + 1], leaseTtl) end
    return { 'restored' }
  `,

  /** The slow net below messages, for this process's waiters under the tag. */
  poll: `
    -- Keeps this process among those to be waited for when what was lost is registered again.
    local wasLive = isLive(process)
    live()
    if not isIntact() then return emptied() end
    forgetDeadWaiters()
    keep(waiters)
    for _, pool in ipairs(limitedPools()) do
      keep(queueOf(pool))
      refresh(pool)
    end
    return { 'polled', wasLive and 1 or 0, call('HVALS', grantsOf(process)), call('ZRANGE', processes, 0, -1) }
  `,

  /**
   * How many users are told of an account → of each account in use, one after another in JSON: its id, limit, leases, waiters, the
   * first waiter, how many users and sessions of them its leases are for, and of the busiest the id, leases, sessions.
   */
  watch: `${ACCOUNTS_IN_USE}
    local used = accountsInUse(tonumber(ARGV[9]))
    return { 'watched', #used == 0 and '[]' or cjson.encode(used) }
  `,

  /** Pool → the ids of its leases. */
  holders: `
    dropExpired(ARGV[9])
    return { 'held', call('ZRANGE', leasesOf(ARGV[9]), 0, -1) }
  `,

  /**
   * What stands before and behind the ids in the tags of users, these ids, a space between them (of a Redis Cluster: one)
   * and how many sessions are told of each → of each user in use, one after another in JSON: id, limit, leases, waiters, the first
   * waiter, how many sessions wait, and of those with most waiters the hash and how many these are. Places are left out.
   */
  watchUsers: `${AT_USER}
    local used, most = {}, tonumber(ARGV[12])
    for id in string.gmatch(ARGV[11], '%S+') do
      goTo(ARGV[9], id, ARGV[10])
      local waiting, first = queued()
      dropExpired(pool)
      local held = heldOf(pool)
      if held + waiting > 0 then
        local sessions, busiest = 0, {}
        if most > 0 and waiting > 0 then sessions, busiest = sessionsWaiting(most) end
        for _, each in ipairs({ id, limitOf(pool), held, waiting, first, sessions, busiest }) do used[#used + 1] = each end
      end
    end
    return { 'watched', #used == 0 and '[]' or cjson.encode(used) }
  `,

  /**
   * Not for a Redis Cluster. What stands before and behind the ids in the tags of users, the key of their index, how many users may be
   * gone through, how many are told, and how many sessions of each → JSON: what watchUsers answers of the busiest, and of all users
   * how many they are, leases, waiters, since when the first waits or 0. Or many: there are more users.
   */
  lookAtUsers: `${AT_USER}
    call('ZREMRANGEBYSCORE', ARGV[11], '-inf', now - keepMs)
    if call('ZCARD', ARGV[11]) > tonumber(ARGV[12]) then return { 'many' } end
    local users, byId, allHeld, allWaiting, since = {}, {}, 0, 0, math.huge
    for _, id in ipairs(call('ZRANGE', ARGV[11], 0, -1)) do
      -- Of most only this is asked.
      base = ARGV[9] .. id .. ARGV[10]
      local waiting, first = call('ZCARD', queueOf(pool)), ''
      if waiting > 0 then
        goTo(ARGV[9], id, ARGV[10])
        waiting, first = queued()
      end
      local held = call('ZCOUNT', leasesOf(pool), '(' .. now, '+inf')
      if held + waiting > 0 then
        allHeld, allWaiting = allHeld + held, allWaiting + waiting
        local begun = string.match(first, '^[^~]*~([^~]+)')
        if begun then since = math.min(since, tonumber(begun, 36) or since) end
        -- As slot-users.ts has it: the slots of keys are their user's.
        local userId = string.match(id, '^[^/]*')
        local user = byId[userId]
        if not user then
          user = { id = userId, held = 0, waiting = 0 }
          byId[userId], users[#users + 1] = user, user
        end
        user.held, user.waiting = user.held + held, user.waiting + waiting
        user[#user + 1] = { id, held, waiting, first }
      end
    end
    table.sort(users, function (a, b)
      if a.waiting ~= b.waiting then return a.waiting > b.waiting end
      if a.held ~= b.held then return a.held > b.held end
      return a.id < b.id
    end)
    local busiest = {}
    for i = 1, math.min(tonumber(ARGV[13]), #users) do
      for _, own in ipairs(users[i]) do
        local id, held, waiting, first = unpack(own)
        goTo(ARGV[9], id, ARGV[10])
        local sessions, those = 0, {}
        if waiting > 0 then sessions, those = sessionsWaiting(tonumber(ARGV[14])) end
        for _, each in ipairs({ id, limitOf(pool), held, waiting, first, sessions, those }) do busiest[#busiest + 1] = each end
      end
    end
    return { 'seen', cjson.encode({ busiest, #users, allHeld, allWaiting, since == math.huge and 0 or since }) }
  `,

  /** A new epoch, should there never have been one, and 1 for a process that is alone → the epoch. */
  join: `
    local current = call('HGET', meta, 'epoch')
    if not current then
      if epoch ~= '' then return { 'emptied' } end
      local others = call('ZCOUNT', processes, '(' .. now, '+inf') - (isLive(process) and 1 or 0)
      -- Replicas that are known from elsewhere, and not here, have lost their leases.
      if ARGV[10] == '0' or others > 0 or call('HEXISTS', meta, 'recovering') == 1 then return { 'emptied' } end
      current = FRESH .. ARGV[9]
      call('HSET', meta, 'epoch', current)
    end
    call('PEXPIRE', meta, metaKeepMs)
    live()
    return { 'epoch', current }
  `,

  /** A ticket from before the accounts' epoch was seen intact → the user's copy of it, unless all was emptied since. */
  adopt: `
    if call('DEL', base .. ':ticket:' .. ARGV[9]) == 0 then return { 'emptied' } end
    call('HSET', meta, 'epoch', epoch)
    call('PEXPIRE', meta, metaKeepMs)
    return { 'adopted' }
  `,

  /** A name for a recovery, should one have to begin → the epoch that holds, or will hold once all that live have rejoined. */
  recover: `
    local current = call('HGET', meta, 'epoch')
    -- A process that started on the emptied Redis before others saw that it is knows nothing of their leases.
    local ignorant = epoch ~= '' and current ~= epoch and current and string.sub(current, 1, #FRESH) == FRESH
    if current and not ignorant then return { 'epoch', current } end
    call('HDEL', meta, 'epoch')
    if call('HEXISTS', meta, 'recovering') == 0 then call('HSET', meta, 'recovering', ARGV[9], 'since', now) end
    call('PEXPIRE', meta, metaKeepMs)
    return { 'epoch', call('HGET', meta, 'recovering') }
  `,

  /**
   * What recover answered, how long to listen for others, processes that lived: this one has restored its leases since then
   * → whether that epoch holds, others are waited for, or what was restored is lost as well.
   */
  rejoin: `
    live()
    local recovery = ARGV[9]
    if call('HGET', meta, 'epoch') == recovery then return { 'joined' } end
    local since = call('HGET', meta, 'since')
    if call('HGET', meta, 'recovering') ~= recovery then return { 'lost' } end
    local back, awaited = base .. ':back', base .. ':awaited'
    call('SADD', back, process)
    for i = 11, #ARGV do call('SADD', awaited, ARGV[i]) end
    for _, id in ipairs(call('ZRANGEBYSCORE', processes, '(' .. now, '+inf')) do call('SADD', awaited, id) end
    keep(back)
    keep(awaited)
    call('PEXPIRE', meta, metaKeepMs)
    -- One that was new when all was lost is known to nobody, but shows itself with its next poll.
    if now - tonumber(since) < tonumber(ARGV[10]) then return { 'recovering' } end
    -- After their time to live nothing is left of the leases of those who have not come back.
    if #call('SDIFF', awaited, back) > 0 and now - tonumber(since) < leaseTtl then return { 'recovering' } end
    call('DEL', back, awaited)
    call('HDEL', meta, 'recovering', 'since')
    call('HSET', meta, 'epoch', recovery)
    return { 'joined' }
  `,

  /** A session's hash, account, model, tokens read, cache's and binding's time to live. */
  noteUse: `
    local binding, key = bindingOf(ARGV[9]), sessionKey(ARGV[9])
    if binding[1] ~= ARGV[10] then return { 'other' } end
    local ttl = math.max(tonumber(binding[3]), tonumber(ARGV[13]))
    call('HSET', key, 'model', ARGV[11], 'read', ARGV[12], 'ttl', ttl)
    call('PEXPIRE', key, math.max(ttl, tonumber(ARGV[14])))
    return { 'noted' }
  `
}

export type ScriptName = keyof typeof SCRIPTS
export type ScriptReply = [outcome: string, ...rest: unknown[]]

interface ScriptSettings {
  /** Of this process. */
  processId: string
  /** What the name of a process follows in the name of its channel. */
  channelPrefix: string
  leaseTtlMs: number
  claimMs: number
  waiterTtlMs: number
  /** How long keys outlive their last use. */
  keepMs: number
  metaKeepMs: number
}

/** Runs a script under one hash tag. */
export type RunScript = (
  name: ScriptName,
  tag: string,
  epoch: string,
  args: readonly (string | number)[]
) => Promise<ScriptReply>

export function createScripts(redis: RedisClient, settings: ScriptSettings): RunScript {
  const { processId, channelPrefix, leaseTtlMs, claimMs, waiterTtlMs, keepMs, metaKeepMs } = settings
  const shared = [processId, channelPrefix, leaseTtlMs, claimMs, waiterTtlMs, keepMs, metaKeepMs]
  for (const [name, body] of Object.entries(SCRIPTS)) {
    redis.defineCommand(commandOf(name), { numberOfKeys: 1, lua: `${PRELUDE}${body}` })
  }
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<ScriptReply>>

  return async (name, tag, epoch, args) => {
    const command = commands[commandOf(name)]
    if (command === undefined) throw new Error(`no script ${name}`)
    return command.call(redis, tag, epoch, ...shared, ...args)
  }
}

function commandOf(name: string): string {
  return `slots:${name}`
}
