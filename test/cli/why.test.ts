import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ExplainedExchange } from '../../services/gateway/traces/explain.ts'
import { account, ask, CLIENT_KEY, credentialOf, MODEL, user } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

const SLUICE = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))

test('why explains a request that was just made', async (t) => {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const place = await serverPlace(t, {
    declared: {
      groups: [{ name: 'default', kind: 'balance', rate_multiplier: 2, allowed_models: [MODEL] }],
      accounts: [account('first', upstream.url, { priority: 1 }), account('second', upstream.url, { priority: 2 })],
      users: [user()]
    }
  })
  const life = await place.start()
  const why = (...args: string[]) => runSluice(['why', ...args], place.env)

  async function exchange(body: object): Promise<string> {
    const response = await place.messages(body)
    await response.text()
    return response.headers.get('x-sluice-exchange-id') ?? ''
  }

  async function settled(id: string): Promise<void> {
    const isSettled = async () =>
      (await place.list<{ exchange_id: string }>('/usage-events')).some((event) => event.exchange_id === id)
    await until('its usage is on record', isSettled)
  }

  await t.test(
    'one that failed over: both attempts, why the first account was left, and the cost with its numbers',
    async () => {
      upstream.setBehaviour([
        { credential: credentialOf('first'), behaviour: { error: { status: 429, message: 'slow down' } } },
        { credential: credentialOf('second'), behaviour: { usage: { inputTokens: 1000, outputTokens: 500 } } }
      ])
      const id = await exchange(ask())
      await settled(id)
      const { code, out, err } = await why(id)
      assert.deepEqual([code, err], [0, ''])
      assert.match(out, new RegExp(`^Exchange ${id}\\n`))
      assert.match(out, /dev@example\.com, key laptop, group default\n/)
      assert.match(out, /asked for claude-opus-5-5, in one piece/)
      assert.match(out, /Limits\n.* balance +passed/)
      assert.match(out, /chosen: first [^]*chosen: second /)
      assert.match(out, /first +passed over: cooling down until \S+Z: 429 rate_limit_error: slow down\n/)
      assert.match(
        out,
        /1 +first +as claude-opus-5-5, refused with 429 after \d+ ms: limit of a family +429 rate_limit_error: slow down\n/
      )
      assert.match(out, /2 +second +as claude-opus-5-5, answered with 200 after \d+ ms\n/)
      assert.match(out, /attempt 2 at second: completed, numbers final, claude-opus-5-5\n/)
      assert.match(out, /input +1000 × +\d+ USD per million = /)
      assert.match(out, /sum .* × 2 = .* USD charged/)
      // Its reader is gone long before the first line.
      const piped = '"$0" "$1" why "$2" | true; echo "${PIPESTATUS[0]}"'
      const unread = await promisify(execFile)('bash', ['--norc', '-c', piped, process.execPath, SLUICE, id], {
        env: place.env
      })
      assert.deepEqual([unread.stdout, unread.stderr], ['141\n', ''])
      // The same request again passes the resting account over at once.
      const next = await exchange(ask())
      assert.match(
        (await why(next.toUpperCase())).out,
        /first +passed over: cooling down until[^]*1 +second .*answered with 200/
      )
    }
  )

  await t.test('one that was refused by a limit, as text and as JSON', async () => {
    const id = await exchange(ask({ model: 'claude-haiku-5-5' }))
    assert.match(
      (await why(id)).out,
      /refused with 404 not_found_error: model: claude-haiku-5-5 is not allowed in the group default of this API key, which may use only claude-opus-5-5\n/
    )
    assert.match(
      (await why(id)).out,
      /allowed_models +refused +claude-haiku-5-5\n\nUsage\n {2}none: nothing was sent upstream\n$/
    )
    const { code, out } = await why(id, '--json')
    const { error, attempts, usage } = JSON.parse(out) as ExplainedExchange
    assert.deepEqual([code, error?.type, attempts, usage], [0, 'not_found_error', [], []])
  })

  await t.test('one that ended before anything was sent, or that costs nothing, promises no usage', async () => {
    const counted = await fetch(`${place.url}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' },
      body: JSON.stringify(ask())
    })
    const idOf = ({ headers }: Response) => headers.get('x-sluice-exchange-id') ?? ''
    assert.equal(counted.status, 200)
    const oneOf = async (body: string, key = CLIENT_KEY) =>
      idOf(await fetch(`${place.url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': key }, body }))
    for (const [id, end] of [
      [
        await oneOf('{'),
        /refused before its body was read, or the body could not be read\n[^]*\nUsage\n {2}none: nothing was sent upstream\n$/
      ],
      [await oneOf('{}', 'sk-sluice-nobody'), /refused at the door: [^]*\n {2}refused with 401 [^\n]*: invalid x-api-key\n$/],
      [idOf(counted), /asked to count tokens of claude-opus-5-5, [^]*\nUsage\n {2}none: counting tokens costs nothing\n$/]
    ] as const) {
      assert.match((await why(id)).out, end)
    }
  })

  await t.test('nothing of the conversation is in it', async () => {
    const id = await exchange(ask({ messages: [{ role: 'user', content: 'a word of the prompt: aubergine' }] }))
    await settled(id)
    for (const { out } of await Promise.all([why(id), why(id, '--json')])) assert.doesNotMatch(out, /aubergine/)
  })

  await t.test('what is no id, or of no exchange, is bad usage', async () => {
    const [noId, unknown, missing] = await Promise.all([
      why('req_123'),
      why('00000000-0000-4000-8000-000000000000'),
      runSluice(['why'], place.env)
    ])
    assert.deepEqual([noId.code, noId.out, unknown.code, unknown.out, missing.code], [2, '', 2, '', 2])
    assert.match(noId.err, /not an exchange id: use the x-sluice-exchange-id of a response/)
    assert.match(unknown.err, /^there is no exchange 0{8}-\S+: exchanges are kept for 7 days after they end; /)
    assert.match(missing.err, /missing required argument 'exchange-id'/)
  })

  await t.test('after the server has stopped it is explained from the database', async () => {
    upstream.setBehaviour({})
    const id = await exchange(ask())
    life.kill('SIGINT')
    await life.ends()
    const { code, out, err } = await why(id)
    assert.equal(code, 0, err)
    assert.match(err, /^No server runs on .*: using its database directly\.\n$/)
    assert.match(out, /attempt 1 at second: completed, numbers final/)
  })
})
