import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, credentialOf, MODEL, refusalOf, saying, startGateway, user, type Gateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import type { Behaviour } from '../../simulator/behaviour.ts'
import { until } from '../support/until.ts'

const NAMES = ['first', 'second']
const OTHER_KEY = 'sk-sluice-a-key-of-another-user'
const HAIKU = 'claude-haiku-4-5'

const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds)
const dateIn = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()
/** As C prints it: the oldest of the forms that HTTP still has to read. */
const dateInOldForm = (seconds: number) => {
  const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(dateIn(seconds))!
  return `${weekday} ${month} ${day!.replace(/^0/, ' ')} ${time} ${year}`
}
const unified = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [`anthropic-ratelimit-unified-${field}`, value]))

/** Without those of an API key, which the simulated upstream sends with its responses only. */
const refuse = (status: number, error: Omit<NonNullable<Behaviour['error']>, 'status'>, headers = {}): Behaviour => ({
  error: { status, ...error },
  headers
})

let gateway: Gateway
let questions = 0

/** A session of its own each, so that none is bound to an account. */
const anew = (changes: object = {}) => saying(`question ${++questions}`, changes)

function asked() {
  return gateway.upstream.requests.map(({ credential }) => NAMES.find((name) => credentialOf(name) === credential))
}

/** Each account behaves as told; others answer. All is well before. */
async function given(behaviours: Record<string, Behaviour>) {
  await gateway.heal()
  gateway.upstream.reset()
  gateway.upstream.setBehaviour(
    Object.entries(behaviours).map(([name, behaviour]) => ({ credential: credentialOf(name), behaviour }))
  )
}

const givenBoth = (behaviour: Behaviour) => given({ first: behaviour, second: behaviour })

async function bodyOf(response: Response) {
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return body
}

/** Another user's ordinary request, once the upstream is well again: who answers it. */
async function othersRequest(changes: object = {}) {
  gateway.upstream.reset()
  await bodyOf(await gateway.messages(anew(changes), { headers: { 'x-api-key': OTHER_KEY } }))
  return asked()
}

const restsOf = async (name: string) =>
  (await gateway.cooldowns(name)).map(({ kind, scope }) => `${kind} ${scope ?? ''}`.trim())

async function restSeconds(name: string): Promise<number> {
  const [cooldown] = await gateway.cooldowns(name)
  assert.ok(cooldown !== undefined, `${name} does not rest`)
  return (Date.parse(cooldown.until) - Date.parse(cooldown.since)) / 1000
}

async function nothingRests() {
  for (const name of NAMES) {
    assert.deepEqual(await gateway.cooldowns(name), [], name)
    assert.equal((await gateway.accountNamed(name)).status, 'active')
  }
}

await test('what an upstream’s failures mean', async (t) => {
  gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: NAMES.map((name, priority) => account(name, url, { priority })),
      users: [
        user({ concurrency: 0 }),
        { email: 'other@example.com', concurrency: 5, balance_usd: '100', keys: [{ name: 'theirs', key: OTHER_KEY }] }
      ]
    })
  })

  await t.test('one request', async (t) => {
    /** The request's own fault: told verbatim, also in a stream, rests nothing, asks so many accounts. */
    async function isTheRequests(behaviour: Behaviour, accounts: string[], changes: object = {}) {
      for (const stream of [false, true]) {
        await givenBoth(behaviour)
        const response = await gateway.messages(anew({ stream, ...changes }))
        const { status, message = '', type, errorCode } = behaviour.error!
        assert.equal(response.status, status)
        const { error } = (await response.json()) as {
          error: { type: string; message: string; details: { error_code: string } | null }
        }
        assert.equal(error.message, message)
        if (type !== undefined) assert.equal(error.type, type)
        assert.equal(error.details?.error_code, errorCode)
        assert.deepEqual(asked(), accounts, message)
        await nothingRests()
        assert.deepEqual(await othersRequest(), ['first'])
      }
    }

    await t.test('that needs extra usage is told so, after one other account', async () => {
      for (const message of ['Extra usage is required for long context requests.', 'This request requires extra usage.']) {
        await isTheRequests(refuse(429, { type: 'rate_limit_error', message }), ['first', 'second'])
      }
    })

    await t.test('that meets a 429 which says nothing is told so, after one other account', async () => {
      await isTheRequests(refuse(429, { message: 'Error' }, { 'x-should-retry': 'true' }), ['first', 'second'])
      const response = await (await givenBoth(refuse(429, { message: 'Error' }, { 'x-should-retry': 'true' })),
      gateway.messages(anew()))
      assert.equal(response.headers.get('x-should-retry'), 'true')
      await response.text()
    })

    await t.test('that names another payer is told what is wrong with that, at once', async () => {
      const codes: [number, string][] = [
        [402, 'linked_organization_spend_limit_reached'],
        [402, 'linked_organization_billing_unavailable'],
        [403, 'user_profile_billing_not_authorized'],
        [403, 'user_profile_not_billable'],
        [400, 'user_profile_required']
      ]
      for (const [status, errorCode] of codes) {
        await isTheRequests(refuse(status, { type: 'billing_error', message: `of ${errorCode}`, errorCode }), ['first'])
      }
    })

    await t.test('that wishes for a tool or feature is denied that, after one other account', async () => {
      for (const message of [
        'web search is not enabled for your organization',
        'Web search has been disabled by the admin of your organization',
        'Your organization has disabled PDF support',
        'Your organization does not have access to web search',
        'Memory is not allowed for this API key'
      ]) {
        await isTheRequests(refuse(403, { message }), ['first', 'second'])
      }
      const errorCode = 'organization_not_enrolled_in_beta'
      await isTheRequests(refuse(400, { message: 'The beta x is not enabled.', errorCode }), ['first', 'second'])
    })

    await t.test('whose compaction fails takes nothing out', async () => {
      const error = { message: 'Compaction is unavailable', errorCode: 'compaction_unavailable' }
      await isTheRequests(refuse(529, error), ['first', 'second'])
    })

    await t.test('for a model that no account has is told so, after one other account', async () => {
      await isTheRequests(refuse(404, { message: `model: ${MODEL}` }), ['first', 'second'])
    })

    await t.test('is cured by the other account where that can, and nothing rests', async () => {
      for (const error of [
        refuse(429, { message: 'Extra usage is required for long context requests.' }),
        refuse(403, { message: 'code execution is not enabled' }),
        refuse(529, { errorCode: 'compaction_unavailable' })
      ]) {
        await given({ first: error })
        await bodyOf(await gateway.messages(anew()))
        assert.deepEqual(asked(), ['first', 'second'])
        await nothingRests()
      }
    })

    await t.test('that no account may answer rests nothing and does not speak of authentication', async () => {
      await givenBoth(refuse(403, { message: 'Request not allowed' }))
      const refusal = await refusalOf(await gateway.messages(anew()))
      assert.deepEqual([refusal.status, refusal.headers.get('x-should-retry')], [502, 'false'])
      assert.doesNotMatch(refusal.message, /authentication/)
      await nothingRests()
    })
  })

  await t.test('a limit', async (t) => {
    await t.test('of fast requests leaves the usual ones alone', async () => {
      const headers = {
        'anthropic-fast-input-tokens-remaining': '0',
        'anthropic-fast-input-tokens-reset': new Date(Date.now() + 30_000).toISOString()
      }
      await givenBoth(refuse(429, {}, headers))
      const refusal = await refusalOf(await gateway.messages(anew({ speed: 'fast' })))
      assert.equal(refusal.status, 429)
      for (const name of NAMES) assert.deepEqual(await restsOf(name), ['rate_limit speed:fast'])
      assert.deepEqual(await othersRequest(), ['first'])
      const again = await refusalOf(await gateway.messages(anew({ speed: 'fast' })))
      assert.deepEqual(
        [again.status, again.message],
        [429, 'All accounts are at their rate limits for this speed, please retry later']
      )
      assert.ok(Number(again.headers.get('retry-after')) <= 30)
      await givenBoth(refuse(429, {}, { 'retry-after': '20' }))
      await refusalOf(await gateway.messages(anew({ speed: 'fast' })))
      assert.deepEqual(await othersRequest(), ['first'])
    })

    await t.test('that ends now or soon rests for five seconds or the time named, not for the unknown', async () => {
      const soon = new Date(Date.now() + 8000).toISOString()
      const cases: [headers: Record<string, string>, seconds: number][] = [
        [{ 'retry-after': '0' }, 5],
        [{ 'retry-after': '1.5' }, 5],
        [{ 'retry-after': dateIn(-2) }, 5],
        [{ 'retry-after': dateInOldForm(-2) }, 5],
        [{ 'retry-after-ms': '700' }, 5],
        [{ 'retry-after-ms': '12000' }, 12],
        [{ 'retry-after': '7.5' }, 7.5],
        [unified({ reset: inSeconds(-1) }), 5],
        [unified({ status: 'rejected', reset: inSeconds(-1) }), 5],
        [{ 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': soon }, 8],
        [{ 'anthropic-ratelimit-output-tokens-remaining': '0', 'anthropic-ratelimit-output-tokens-reset': soon }, 8]
      ]
      for (const [headers, seconds] of cases) {
        await givenBoth(refuse(429, {}, headers))
        const refusal = await refusalOf(await gateway.messages(anew()))
        const [told, rested] = [Number(refusal.headers.get('retry-after')), await restSeconds('first')]
        assert.ok(rested <= seconds + 0.1 && rested >= Math.min(seconds - 2, 5), `${JSON.stringify(headers)}: ${rested}`)
        assert.ok(told >= 1 && told <= Math.ceil(seconds), `${JSON.stringify(headers)}: told ${told}`)
        assert.equal(refusal.headers.get('x-should-retry'), null)
      }
    })

    await t.test('of a family’s window bars that family, however it is called', async () => {
      const headers = unified({ status: 'rejected', '7d_fable-status': 'rejected', '7d_fable-reset': inSeconds(86_400) })
      await givenBoth(refuse(429, {}, headers))
      await refusalOf(await gateway.messages(anew({ model: 'claude-fable-5' })))
      for (const name of NAMES) assert.deepEqual(await restsOf(name), ['rate_limit family:fable'])
      assert.deepEqual(await othersRequest(), ['first'])
      const { status } = await refusalOf(await gateway.messages(anew({ model: 'claude-fable-5' })))
      assert.equal(status, 429)
    })

    await t.test('by an overload is the family’s, for the time it names', async () => {
      await given({ first: refuse(529, {}) })
      await bodyOf(await gateway.messages(anew()))
      assert.deepEqual(await restsOf('first'), ['overloaded family:opus'])
      assert.deepEqual(await othersRequest({ model: HAIKU }), ['first'])
      assert.deepEqual(await othersRequest(), ['second'])
      for (const [named, seconds] of [
        ['2', 5],
        ['9', 9]
      ] as const) {
        await given({ first: refuse(529, {}, { 'retry-after': named }) })
        await bodyOf(await gateway.messages(anew()))
        const rested = await restSeconds('first')
        assert.ok(rested <= seconds + 0.1 && rested >= Math.min(seconds - 2, 5), `${named}: ${rested}`)
      }
    })
  })

  await t.test('an account', async (t) => {
    await t.test('whose key is dead, or that is out of money or on hold, hands over and says why', async () => {
      const cases: [error: NonNullable<Behaviour['error']>, reason: RegExp, isDead?: true][] = [
        [{ status: 400, errorCode: 'claude_code_key_creator_not_member' }, /claude_code_key_creator_not_member/, true],
        [{ status: 400, errorCode: 'cmek_key_disabled' }, /cmek_key_disabled/],
        [{ status: 400, errorCode: 'cmek_key_network_blocked' }, /cmek_key_network_blocked/],
        [{ status: 400, errorCode: 'organization_on_hold' }, /organization_on_hold/],
        [{ status: 400, message: "You're out of extra usage. Add more at claude.ai/settings/usage." }, /out of extra usage/],
        [{ status: 400, message: 'Your credit balance is too low to access the Anthropic API.' }, /credit balance/],
        [{ status: 429, errorCode: 'enforced_spend_limit_reached' }, /enforced_spend_limit_reached/]
      ]
      for (const [error, reason, isDead] of cases) {
        for (const stream of [false, true]) {
          await given({ first: { error } })
          await bodyOf(await gateway.messages(anew({ stream })))
          assert.deepEqual(asked(), ['first', 'second'])
          assert.deepEqual(await othersRequest(), ['second'])
          await gateway.app.healthNotes.stored()
          const { status, error: problem } = await gateway.accountNamed('first')
          if (isDead === true) assert.deepEqual([status, reason.test(problem ?? '')], ['error', true])
          else assert.match((await gateway.cooldowns('first'))[0]!.reason, reason)
        }
      }
    })

    await t.test('that lacks a model which another one has is not asked for it for a while', async () => {
      await given({ first: refuse(404, { message: `model: ${MODEL}` }) })
      await bodyOf(await gateway.messages(anew()))
      assert.deepEqual(asked(), ['first', 'second'])
      assert.deepEqual(await restsOf('first'), [`forbidden model:${MODEL}`])
      assert.deepEqual(await othersRequest(), ['second'])
      assert.deepEqual(await othersRequest({ model: HAIKU }), ['first'])
    })

    await t.test('that fails in mid-stream is held to that like to the status', async () => {
      const cases: [type: string, rest: string][] = [
        ['overloaded_error', 'overloaded family:opus'],
        ['rate_limit_error', 'rate_limit family:opus']
      ]
      for (const [type, rest] of cases) {
        await given({ first: { errorEvent: { at: 'middle', type } } })
        assert.match(await bodyOf(await gateway.messages(anew({ stream: true }))), /event: error/)
        await until('it rests', async () => (await restsOf('first')).includes(rest))
        assert.deepEqual(await othersRequest(), ['second'])
      }
      await given({ first: { errorEvent: { at: 'middle', type: 'invalid_request_error' } } })
      await bodyOf(await gateway.messages(anew({ stream: true })))
      assert.deepEqual(await othersRequest(), ['first'])
    })

    await t.test('all of whose peers are in error or disabled says so, and that waiting does not help', async () => {
      await given({ first: { error: { status: 403, message: 'This API key has been revoked' } } })
      await gateway.act('second', 'disable')
      const failed = await refusalOf(await gateway.messages(anew()))
      assert.deepEqual([failed.status, failed.headers.get('x-should-retry')], [502, 'false'])
      const refused = await refusalOf(await gateway.messages(anew()))
      assert.equal(refused.status, 503)
      assert.match(refused.message, /^No available accounts: (1 in error, 1 disabled|1 disabled, 1 in error)$/)
      assert.deepEqual([refused.headers.get('x-should-retry'), refused.headers.get('retry-after')], ['false', null])
      await gateway.act('second', 'enable')
    })

    await t.test('that did answer is not said not to have', async () => {
      for (const behaviour of [
        { error: { status: 500 } },
        { raw: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' } }
      ]) {
        await givenBoth(behaviour)
        assert.doesNotMatch((await refusalOf(await gateway.messages(anew()))).message, /did not answer/)
      }
      await givenBoth({ breakOff: { how: 'reset', at: 'before-headers' } })
      assert.match((await refusalOf(await gateway.messages(anew()))).message, /did not answer/)
    })
  })

  await t.test('the table’s row stands in the trace, and the metrics count by it', async () => {
    await given({ first: refuse(403, { message: 'web search is not enabled for your organization' }) })
    const response = await gateway.messages(anew())
    await bodyOf(response)
    const { attempts } = await gateway.admin<{ attempts: { verdict: string | null; detail: string | null }[] }>(
      `/exchanges/${response.headers.get('x-sluice-exchange-id')}`
    )
    assert.deepEqual(
      attempts.map(({ verdict }) => verdict),
      ['feature', null]
    )
    assert.match(attempts[0]!.detail!, /web search is not enabled/)
    const exposed = await (await gateway.getAdmin('/metrics')).text()
    assert.match(exposed, /sluice_upstream_attempts_total\{account="first",result="request_refused"\} \d+/)
    assert.match(exposed, /account="first",result="forbidden"\} \d+/)
  })

  await t.test('a refusal is one line of the log, which tells whose it is', async () => {
    const linesOf = (id: string) =>
      gateway.logs.filter((line) => line.includes(id)).map((line) => JSON.parse(line) as Record<string, unknown>)
    const secret = 'sk-sluice-nobody-knows-this-key-0123456789'
    const unknown = await gateway.messages(anew(), { headers: { 'x-api-key': secret } })
    await unknown.text()
    await until('it is told', () => linesOf(unknown.headers.get('x-sluice-exchange-id')!).length > 0)
    const [line, ...more] = linesOf(unknown.headers.get('x-sluice-exchange-id')!)
    assert.deepEqual(
      [line!['msg'], line!['status'], line!['address'], line!['keys'], more],
      ['invalid x-api-key', 401, '127.0.0.1', 'sk-sluice-nobo…', []]
    )
    assert.ok(!gateway.logs.some((entry) => entry.includes(secret)))

    const made = await gateway.tell('/keys', { user: USER, name: 'over' })
    const { id, key } = (await made.json()) as { id: string; key: string }
    await operatorOf(gateway).end(`/keys/${id}`)
    const over = await gateway.messages(anew(), { headers: { 'x-api-key': key } })
    await over.text()
    await until('it is told', () => linesOf(over.headers.get('x-sluice-exchange-id')!).length > 0)
    const [known] = linesOf(over.headers.get('x-sluice-exchange-id')!)
    assert.deepEqual(
      [known!['msg'], known!['status'], known!['user'], known!['key'], known!['group']],
      ['This API key expired at 2020-01-01T00:00:00.000Z', 401, USER, 'over', 'default']
    )

    for (const body of ['{', JSON.stringify(anew({ model: 5 }))]) {
      const refused = await gateway.messages(body)
      const { message } = await refusalOf(refused)
      await until('it is told', () => linesOf(refused.headers.get('x-sluice-exchange-id')!).length > 0)
      const [told, ...others] = linesOf(refused.headers.get('x-sluice-exchange-id')!)
      assert.deepEqual([told!['msg'], told!['status'], told!['refusal'], others], ['exchange', 400, message, []])
    }
  })
})
