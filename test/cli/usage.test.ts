import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { legendOf, withMarks } from '../../services/money/usage/cost-marks.ts'
import { csvLine } from '../../services/platform/csv.ts'
import { unpricedSums } from '../../cli/unpriced-sums.ts'
import { CLIENT_KEY, MODEL, UPSTREAM_KEY, USER, type ListedEvent } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

const SLUICE = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))

test('usage lists events as a table, as CSV and as JSON', async (t) => {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const place = await serverPlace(t, {
    declared: {
      groups: [{ name: 'default', kind: 'balance' }],
      accounts: [{ name: 'main', type: 'api-key', credentials: { api_key: UPSTREAM_KEY }, base_url: upstream.url }],
      users: [{ email: USER, balance_usd: '100', keys: [{ name: 'laptop', key: CLIENT_KEY }] }]
    }
  })
  await place.start()
  for (let count = 0; count < 3; count++) {
    const response = await place.messages({ model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] })
    assert.equal(response.status, 200, await response.text())
  }
  await until('all is settled', async () => (await place.list('/usage-events')).length === 3)
  const events = await place.list<ListedEvent>('/usage-events')
  const sluice = (args: string) => runSluice(args.split(' '), place.env)

  const table = await sluice(`usage --user ${USER} --from 2020-01-01T00:00:00Z`)
  assert.equal(table.code, 0, table.err)
  const [headings = '', ...lines] = table.out.trimEnd().split('\n')
  assert.match(
    headings,
    /^CREATED_AT +USER_EMAIL +KEY_NAME +ACCOUNT +MODEL +OUTCOME +INPUT_TOKENS .* CACHE_WRITES +CACHE_READS .* CHARGED_USD +EXCHANGE_ID$/
  )
  assert.deepEqual(
    lines.map((line) => line.split(/ +/).slice(-2)),
    events.map((event) => [event.charged_usd, event.exchange_id])
  )

  const asJson = await sluice('usage --json --limit 2')
  assert.deepEqual(JSON.parse(asJson.out), events.slice(0, 2))

  const csv = await sluice(`usage --csv --key laptop --account main --model ${events[0]?.model} --outcome completed`)
  const [names, ...rows] = csv.out.trimEnd().split('\n')
  assert.deepEqual(names?.split(','), Object.keys(events[0] ?? {}))
  assert.deepEqual(
    rows.map((row) => row.split(',')[0]),
    events.map(({ id }) => id)
  )

  const several = await sluice(
    `usage --json --user ${USER} --user ${USER} --outcome completed --outcome interrupted --basis final`
  )
  assert.deepEqual(JSON.parse(several.out), events)
  assert.equal((await sluice('usage by user --model claude-haiku-4-5 --model claude-sonnet-5-5')).out, 'Nothing found.\n')

  const nobody = await sluice('usage --user nobody.of.us@elsewhere.org')
  assert.deepEqual([nobody.code, nobody.out], [2, ''])
  assert.equal(nobody.err, '--user: there is no user nobody.of.us@elsewhere.org\n')
  assert.match((await sluice(`usage --account mian`)).err, /^--account: there is no account mian; did you mean main\?\n$/)
  assert.equal((await sluice('usage --to 2020-01-01T00:00:00Z --json')).out, '[]\n')
  const refusals: [args: string, message: RegExp][] = [
    ['usage --csv --json', /cannot be used with/],
    ['usage --limit 0', /whole number above 0/],
    ['usage --from last-week', /^--from last-week must be a time such as/],
    ['usage --from=', /^--from '' must be a time such as/],
    ['usage --to=', /^--to '' must be a time such as/],
    ['usage --user=', /^--user must be a text of 1 to 300 characters\n$/],
    ['usage --from tomorrow', /^--from tomorrow must not lie in the future/],
    ['usage export --from today --to yesterday', /^--from today must be earlier than the end/],
    ['usage by user --from 1d --to 2d', /^--from 1d must be earlier than the end/],
    ['usage by nothing', /Allowed choices are user, key/],
    ['usage export --format xml', /Allowed choices are ndjson, csv/],
    ['usage --outcome fine', /outcome/]
  ]
  for (const [args, message] of refusals) {
    const { code, err } = await sluice(args)
    assert.equal(code, 2, args)
    assert.match(err, message)
  }

  await t.test('by sums up, of today and of yesterday', async () => {
    const by = await sluice('usage by user model --from today')
    assert.match(by.out, /^USER_EMAIL +MODEL +ATTEMPTS .*\ndev@example\.com +claude-opus-5-5 +3 .*\ntotal +3 .*\n$/)
    assert.match(by.out, / OUTPUT_TOKENS +CACHE_WRITES +CACHE_READS +CACHE_HIT_RATE /)
    assert.match((await sluice('prices list')).out, / INPUT +OUTPUT +CACHE_WRITES_5M +CACHE_WRITES_1H +CACHE_READS\n/)
    const [sum] = JSON.parse((await sluice('usage by user --json')).out) as Record<string, unknown>[]
    const total = events.reduce((usd, event) => usd + Number(event.charged_usd), 0)
    assert.deepEqual([sum?.['requests'], Number(sum?.['charged_usd']).toFixed(6)], [3, total.toFixed(6)])
    const filters = `--user ${USER} --key laptop --group default --account main --model ${events[0]?.model}`
    const [filtered] = JSON.parse((await sluice(`usage by account ${filters} --json`)).out) as Record<string, unknown>[]
    assert.deepEqual([filtered?.['account'], filtered?.['requests']], ['main', 3])
    assert.match((await sluice('usage by user --group defualt')).err, /did you mean default/)
    assert.equal((await sluice('usage by day --from yesterday --to today')).out, 'Nothing found.\n')
    assert.match(
      (await sluice('usage by key --csv')).out,
      /^user_id,user_email,key_id,key_name,.*\n\d+,dev@example\.com,\d+,laptop,3,/
    )
  })

  await t.test('export writes everything, to stdout or a file that is whole or not there', async () => {
    const ndjson = await sluice('usage export')
    assert.deepEqual(
      ndjson.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as ListedEvent),
      events
    )
    const file = join(place.dataDir, 'events.csv')
    const { code, out } = await sluice(`usage export --format csv --user ${USER} --output ${file}`)
    assert.deepEqual([code, out], [0, ''])
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    assert.equal((await sluice(`usage export --output ${file}`)).code, 2, 'what is there is not replaced unasked')
    assert.deepEqual([lines.length, lines[0]], [4, Object.keys(events[0] ?? {}).join(',')])
    const nowhere = await sluice(`usage export --output ${place.dataDir}/no/such/folder`)
    assert.deepEqual([nowhere.code, nowhere.err.endsWith('no such file or folder\n')], [3, true])
    const refused = await sluice(`usage export --outcome fine --output ${place.dataDir}/refused`)
    assert.equal(refused.code, 2)
    assert.deepEqual(
      (await readdir(place.dataDir)).filter((name) => /draft|refused/.test(name)),
      []
    )
  })

  await t.test('prices rerate sums up to the last billionth of a dollar', async () => {
    const outputs = events.reduce((sum, { output_tokens: tokens }) => sum + (tokens ?? 0), 0)
    const { usd_per_mtok: rates } = await modelPrice(sluice)
    const output = (rates.output + 0.001).toFixed(3)
    const given = await sluice(`prices override ${MODEL} --output ${output} --yes`)
    assert.equal(given.code, 0, given.err)
    const { out, err } = await sluice('prices rerate --from yesterday --to tomorrow --dry-run --json')
    const [sum] = (JSON.parse(out || err) as { users: { cost_delta_usd: string }[] }).users
    assert.equal(sum?.cost_delta_usd, `0.${String(outputs).padStart(9, '0').replace(/0+$/, '')}`)
  })

  await t.test('prices override leaves what is not named, and shows old and new before it asks', async () => {
    const { usd_per_mtok: before } = await modelPrice(sluice)
    const asked = await sluice(`prices override ${MODEL} --input 0.4`)
    assert.equal(asked.code, 2)
    assert.match(
      asked.out,
      /input +4 → 0\.4\noutput .* \(stays\)\n[^]*cache reads +0\.2 \(stays\)\nThe prices of the fast mode stay/
    )
    assert.match(asked.err, /will be charged at these prices from now on\. Use --yes to confirm/)
    assert.deepEqual((await modelPrice(sluice)).usd_per_mtok, before)
    const done = await sluice(`prices override ${MODEL} --input 0.4 --yes`)
    assert.equal(done.code, 0, done.err)
    const { usd_per_mtok: after } = await modelPrice(sluice)
    assert.deepEqual(after, { ...before, input: '0.4' })
  })

  await t.test('prices override of a model without a price wants input and output', async () => {
    const model = 'claude-of-tomorrow'
    const half = await sluice(`prices override ${model} --input 4 --yes`)
    assert.deepEqual([half.code, half.err], [2, `${model} has no price yet: --input and --output are both needed\n`])
    const near = await sluice('prices override claude-opus-55 --input 4 --output 20')
    assert.match(near.err, /^warning: claude-opus-55 has no price yet; did you mean claude-opus-\S+\?\n/)
    const none = await sluice(`prices override ${model} --yes`)
    assert.deepEqual([none.code, /name at least one price/.test(none.err)], [2, true])
    const wrong = await sluice(`prices override ${model} --input much --yes`)
    assert.deepEqual([wrong.code, /--input <usd>.*amount of USD/.test(wrong.err)], [2, true])
    const whole = await sluice(`prices override ${model} --input 4 --output 20 --cache-read 0.2 --json --yes`)
    assert.equal(whole.code, 0, whole.err)
    const { usd_per_mtok: rates } = JSON.parse(whole.out) as { usd_per_mtok: Record<string, string> }
    assert.deepEqual(rates, { input: '4', output: '20', cache_write_5m: '5', cache_write_1h: '8', cache_read: '0.2' })
  })

  await t.test('a cost that is not what it seems is marked, and the mark explained', async () => {
    const model = 'claude-of-next-week'
    const response = await place.messages({ model, max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] })
    assert.equal(response.status, 200, await response.text())
    await until('it is settled', async () => (await place.list('/usage-events')).length === 4)
    assert.match(
      (await sluice('prices unpriced --from 1d')).out,
      /^ID +REQUESTS .*HAS_PRICE\nclaude-of-next-week +1 .* (no|false|-)\n$/
    )
    const [event] = await place.list<ListedEvent>('/usage-events')
    const { out } = await sluice('usage list --limit 2')
    const [, marked, plain, ...legend] = out.trimEnd().split('\n')
    assert.match(marked ?? '', new RegExp(` ${event?.cost_usd}\\* +${event?.charged_usd}\\* +${event?.exchange_id}$`))
    assert.doesNotMatch(plain ?? '', /[*~?]/)
    assert.deepEqual(legend, ['* unpriced: the price book lacks the model, and UNKNOWN_MODEL_PRICE applied.'])
    assert.match((await sluice(`why ${event?.exchange_id}`)).out, /\n +unpriced: the price book lacks the model/)
    assert.doesNotMatch((await sluice('usage list --limit 2 --csv')).out, /unpriced/)
    const ofModels = (await sluice('usage by model')).out
    assert.match(ofModels, /\nclaude-of-next-week .*\* +\S+\*\nclaude-opus-5-5 .*\d\ntotal .*\*\n\* unpriced: .*\n$/)
    assert.match((await sluice('usage by user')).out, /\ndev@example\.com .*\*\ntotal .*\*\n\* unpriced/)
    assert.doesNotMatch((await sluice(`usage by user --model ${MODEL}`)).out, /\*/)
  })

  await t.test('what was deleted is told apart by its id', async () => {
    const { id } = JSON.parse((await sluice('accounts show main --json')).out) as { id: string }
    assert.equal((await sluice('accounts remove main --yes')).code, 0)
    assert.match((await sluice('usage by account')).out, new RegExp(`\\ndeleted ${id} +4 `))
  })

  await t.test('a reader that has seen enough is told nothing of a failure', async () => {
    const child = spawn(process.execPath, [SLUICE, 'usage'], { env: place.env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    const closed = once(child, 'close')
    assert.equal(await text(child.stderr), '')
    assert.deepEqual(await closed, [141, null])
  })
})

async function modelPrice(sluice: (args: string) => Promise<{ out: string }>) {
  const { models } = JSON.parse((await sluice('prices list --json')).out) as {
    models: {
      id: string
      usd_per_mtok: Record<'input' | 'output' | 'cache_write_5m' | 'cache_write_1h' | 'cache_read', number>
    }[]
  }
  return models.find(({ id }) => id === MODEL) ?? assert.fail('no price')
}

test('a field of CSV is quoted where it must be, and is never a formula', () => {
  assert.equal(csvLine(['a', 1, true, null, undefined, -0.5]), 'a,1,true,,,-0.5')
  assert.equal(csvLine(['a,b', 'say "no"', 'two\nlines', '']), '"a,b","say ""no""","two\nlines",')
  assert.equal(csvLine(['=1+2', '+a', '-a', '@a', '-5.25']), "'=1+2,'+a,'-a,'@a,-5.25")
})

test('sums are unpriced where the newest event of a model without a price is', async () => {
  const asked: string[] = []
  const ask = async (_method: string, path: string) => {
    asked.push(path)
    if (path === '/prices') return { models: [{ id: 'claude-haiku-4-5' }] }
    if (path.startsWith('/usage-events')) return { data: [{ price_unknown: path.includes('model=new') }] }
    const sum = (key: string, model: string) => ({ user_id: '1', key_id: key, model })
    return { data: [sum('1', 'claude-haiku-4-5-20251001'), sum('2', 'mapped'), sum('3', 'new')], next_cursor: null }
  }
  const { has, any } = await unpricedSums(ask, { group: 'pro', from: '2026-11-01T00:00:00Z' }, ['key'])
  assert.deepEqual(
    [any, ...['1', '2', '3'].map((key) => has({ id: '', user_id: '1', key_id: key }))],
    [true, false, false, true]
  )
  const events = asked.filter((path) => path.startsWith('/usage-events'))
  assert.deepEqual(
    events,
    ['mapped', 'new'].map((model) => `/usage-events?group=pro&from=2026-11-01T00%3A00%3A00Z&model=${model}&limit=1`)
  )
  assert.match(asked.at(-1) ?? '', /group_by=key%2Cmodel/)
})

test('marks of costs say what the numbers are of', () => {
  const partial = { id: '1', basis: 'partial', price_unknown: true, cost_usd: '1', charged_usd: '2' }
  const unknown = { id: '2', basis: 'unknown', price_unknown: false, cost_usd: '0', charged_usd: '0' }
  assert.deepEqual(
    [withMarks(partial), withMarks(unknown)],
    [
      { ...partial, cost_usd: '1*~', charged_usd: '2*~' },
      { ...unknown, cost_usd: '0?', charged_usd: '0?' }
    ]
  )
  assert.deepEqual(
    legendOf([unknown, partial, unknown]).map((line) => line.slice(0, line.indexOf(':'))),
    ['* unpriced', '~ estimated', '? unknown']
  )
  assert.deepEqual(legendOf([{ basis: 'final', price_unknown: false }, {}]), [])
})
