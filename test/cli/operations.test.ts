import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOTH_KINDS } from '../support/gateway.ts'
import { executeSql } from '../support/execute-sql.ts'
import { serverPlace, type ServerPlace } from '../support/server-process.ts'
import { runSluice } from '../support/sluice-command.ts'

function commandsOf({ env }: ServerPlace) {
  const sluice = (args: string) => runSluice(args.split(' '), env)
  return {
    sluice,
    async json(args: string) {
      const { code, out, err } = await sluice(`${args} --json`)
      assert.equal(code, 0, `${args}: ${err}`)
      return JSON.parse(out) as Record<string, unknown>
    }
  }
}

test('users, keys, groups, subscriptions, balances and the audit log, before a running server', async (t) => {
  const place = await serverPlace(t, {
    declared: {
      groups: BOTH_KINDS
    }
  })
  await place.start()
  const { sluice, json } = commandsOf(place)
  assert.equal((await json('users add ann@example.com --balance 3 --concurrency 2'))['balance_usd'], '3')
  assert.equal((await json('users change ann@example.com --concurrency 4'))['concurrency'], 4)
  const refused = await sluice('users disable ann@example.com')
  assert.deepEqual([refused.code, refused.err], [2, 'User ann@example.com will be disabled. Use --yes to confirm.\n'])
  assert.equal((await json('users show ann@example.com'))['status'], 'active')
  assert.equal((await json('users disable ann@example.com --yes'))['status'], 'disabled')
  assert.equal((await json('users enable ann@example.com'))['status'], 'active')
  assert.equal((await sluice('users show nobody@example.com')).code, 2)
  assert.equal((await json('users add bea_1@example.com --balance 1'))['balance_usd'], '1')
  const emails = async (args: string) => ((await json(args)) as unknown as { email: string }[]).map(({ email }) => email)
  assert.deepEqual(await emails('users list --search ANN@'), ['ann@example.com'])
  assert.deepEqual(await emails('users list --search _ --sort email'), ['bea_1@example.com'])
  assert.deepEqual(await emails('users list --sort -balance_usd'), ['ann@example.com', 'bea_1@example.com'])
  assert.deepEqual(await emails('users list --sort balance_usd'), ['bea_1@example.com', 'ann@example.com'])
  assert.equal((await sluice('users list --search nobody')).out, 'Nothing found.\n')
  assert.equal((await sluice('accounts list --search nobody')).out, 'Nothing found.\n')
  const tooLong = await sluice(`groups list --search ${'x'.repeat(101)}`)
  assert.deepEqual([tooLong.code, tooLong.err], [2, '--search must be a text of 1 to 100 characters\n'])
  const password = await runSluice(['users', 'set-password', 'ann@example.com', '--json'], place.env, 'correct horse battery\n')
  assert.deepEqual([password.code, JSON.parse(password.out), password.err], [0, { password_set: 'user ann@example.com' }, ''])

  const { key } = await json('keys add ann@example.com laptop')
  assert.ok(typeof key === 'string' && key.length > 20)
  assert.equal('key' in (await json('keys show ann@example.com laptop')), false)
  assert.match(
    (await sluice('keys add ann@example.com told')).out,
    /\nkey +sk-sluice-\S+\n\nKeep the key: it is not shown again\.\n$/
  )
  const limited = (await sluice('keys add ann@example.com limited --spend-limit daily=2 --models claude-opus-5-5')).out
  assert.match(limited, /\nspend_limits\.daily +2\n/)
  assert.match(limited, /\nallowed_models +claude-opus-5-5\n/)
  assert.doesNotMatch(limited, /own_|weekly|last_used_at|note| -\n/, 'what is not set takes no line')
  for (const [overlap, seconds] of [
    ['60', 60],
    ['10m', 600],
    ['2h30m', 9000]
  ] as const) {
    const rotated = await json(`keys rotate ann@example.com laptop --overlap ${overlap} --yes`)
    assert.notEqual(rotated['key'], key)
    assert.ok(Math.abs(Date.parse(String(rotated['previous_key_until'])) - Date.now() - seconds * 1000) < 60_000, overlap)
  }
  for (const overlap of ['8d', '10 m', '-4', 'soon']) {
    const { code, err } = await runSluice(
      ['keys', 'rotate', 'ann@example.com', 'laptop', '--overlap', overlap, '--yes'],
      place.env
    )
    assert.deepEqual(
      [code, /It must be a span such as 90s, 10m or 2h30m, or a number of seconds; from 0 to 7d\./.test(err)],
      [2, true]
    )
  }
  assert.equal((await sluice('keys revoke ann@example.com laptop')).code, 2)
  assert.equal((await json('keys revoke ann@example.com laptop --yes'))['status'], 'revoked')

  assert.equal((await json('groups show pro'))['kind'], 'subscription')
  assert.equal((await json('subscriptions add ann@example.com pro --days 3'))['status'], 'active')
  await json('subscriptions extend ann@example.com pro --days 1w')
  const half = await sluice('subscriptions extend ann@example.com pro --days 36h')
  assert.deepEqual([half.code, /It must be a number of days such as 30, or 30d or 4w\./.test(half.err)], [2, true])
  assert.equal((await json('subscriptions suspend ann@example.com pro --yes'))['status'], 'suspended')
  assert.equal((await json('subscriptions resume ann@example.com pro'))['status'], 'active')
  assert.equal((await json('subscriptions show ann@example.com pro'))['group'], 'pro')
  assert.equal((await json('subscriptions revoke ann@example.com pro --yes'))['status'], 'revoked')

  for (const said of ['', 'This was already entered with that idempotency key: nothing was changed.\n']) {
    const { code, out, err } = await sluice('balance add ann@example.com 5 --note invoice --idempotency-key k1 --json')
    assert.deepEqual([code, err], [0, said])
    assert.equal((JSON.parse(out) as Record<string, unknown>)['balance_after_usd'], '8')
  }
  const unasked = await sluice('balance add ann@example.com -- -5')
  assert.deepEqual([unasked.code, unasked.out], [2, ''])
  assert.equal(unasked.err, '5 USD will be taken from the balance of ann@example.com. Use --yes to confirm.\n')
  const taken = await sluice('balance add --json --yes ann@example.com -- -5')
  assert.deepEqual([taken.code, /"balance_after_usd": "3"/.test(taken.out)], [0, true], taken.err)
  for (const what of ['users', 'keys', 'groups', 'subscriptions']) {
    const { code, out } = await sluice(`${what} list`)
    assert.deepEqual([code, /pro|ann@example\.com/.test(out)], [0, true], what)
  }
  assert.match(
    (await sluice('audit list --action key.revoked --limit 10')).out,
    /cli:\S+ .* key\.revoked +key ann@example\.com\/laptop/
  )
  assert.match((await sluice('audit verify')).out, /^The audit log is intact: \d+ entries/)
})

test('groups are made and changed, and keys changed, before a running server', async (t) => {
  const place = await serverPlace(t, {
    declared: {
      groups: [{ name: 'default', kind: 'balance' }],
      users: [{ email: 'ann@example.com', keys: [{ name: 'laptop' }] }],
      proxies: [{ name: 'office', url: 'http://proxy.example.com:3128' }],
      accounts: [{ name: 'main', type: 'api-key', credentials: { api_key: 'sk-ant-not-shown' } }]
    }
  })
  await place.start()
  const { sluice, json } = commandsOf(place)

  const made = await json(
    'groups create pro --kind subscription --rate-multiplier 1.5 --daily-limit 10 --monthly-limit 100 --window-anchor calendar ' +
      '--time-zone Europe/Berlin --models claude-opus-5-5,claude-haiku-4-5 --map claude-opus-5-5=claude-haiku-4-5 --note for_the_pilots'
  )
  const { id, version, ...fields } = made
  assert.deepEqual([typeof id, version], ['string', 1])
  assert.deepEqual(fields, {
    name: 'pro',
    kind: 'subscription',
    status: 'active',
    rate_multiplier: '1.5',
    daily_limit_usd: '10',
    weekly_limit_usd: null,
    monthly_limit_usd: '100',
    window_anchor: 'calendar',
    time_zone: 'Europe/Berlin',
    allowed_models: ['claude-opus-5-5', 'claude-haiku-4-5'],
    model_mapping: { 'claude-opus-5-5': 'claude-haiku-4-5' },
    managed_settings: null,
    note: 'for_the_pilots'
  })
  assert.equal((await json('groups add plain'))['kind'], 'balance')
  const changed = await json('groups change pro --name plus --daily-limit none --weekly-limit 7 --models all --map none')
  assert.deepEqual(
    { ...changed, id, version: 0 },
    {
      ...fields,
      id,
      version: 0,
      name: 'plus',
      daily_limit_usd: null,
      weekly_limit_usd: '7',
      allowed_models: null,
      model_mapping: {}
    }
  )
  assert.equal((await sluice('groups disable plus')).code, 2)
  assert.equal((await json('groups disable plus --yes'))['status'], 'disabled')
  assert.equal((await json('groups enable plus'))['status'], 'active')

  const key = await json('keys change ann@example.com laptop --name desk --group plus --expires 2099-01-01T00:00:00Z')
  assert.deepEqual([key['name'], key['group'], key['expires_at']], ['desk', 'plus', '2099-01-01T00:00:00.000Z'])
  assert.equal((await json('keys change ann@example.com desk --expires never'))['expires_at'], null)
  const rules = await json(
    'keys add ann@example.com ruled --spend-limit daily=5 --spend-limit total=50 --allowed-ips 10.0.0.0/8 --models a,b --expires 30d'
  )
  assert.deepEqual(
    [rules['spend_limits'], rules['allowed_ips'], rules['allowed_models']],
    [{ daily: '5', weekly: null, monthly: null, total: '50' }, ['10.0.0.0/8'], ['a', 'b']]
  )
  const { out: list } = await sluice('keys list --user ann@example.com')
  assert.match(list, /^USER_EMAIL .* SPENDING +LAST_USED_AT +NOTE\n/)
  assert.match(list, /ruled .* day 0 of 5; total 0 of 50 /)
  assert.match((await sluice('keys show ann@example.com ruled')).out, /\nspend_limits\.daily +5\n/)
  await json('groups add quota --kind subscription --monthly-limit 9')
  await json('subscriptions add ann@example.com quota --days 3')
  assert.match((await sluice('subscriptions list --group quota')).out, /^USER_EMAIL .* WINDOWS\nann@.* month 0 of 9\n$/)
  const lifted = await json('keys change ann@example.com ruled --spend-limit daily=none --allowed-ips all --models all')
  assert.deepEqual(
    [lifted['spend_limits'], lifted['allowed_ips'], lifted['allowed_models']],
    [{ daily: null, weekly: null, monthly: null, total: '50' }, null, null]
  )
  const days = (await json('keys change ann@example.com desk --expires 30d'))['expires_at']
  assert.ok(Math.abs(Date.parse(String(days)) - Date.now() - 30 * 24 * 60 * 60 * 1000) < 60_000)
  assert.equal((await json('keys change ann@example.com desk --expires 2099-01-01'))['expires_at'], '2099-01-01T00:00:00.000Z')
  for (const [args, message] of [
    ['keys change ann@example.com desk --expires 2020-01-01', /--expires <time>.*has passed/],
    ['keys add ann@example.com other --expires soon', /--expires <time>.*such as 2030-12-31/],
    ['codes add --amount 1 --expires today', /--expires <time>.*has passed/],
    ['audit list --from soon', /^--from soon must be a time such as/],
    ['audit list --from tomorrow', /^--from tomorrow must not lie in the future/],
    [
      'keys add ann@example.com long --expires 36500000d',
      /argument '36500000d' is invalid\. It is too long: it ends after the year 9999\./
    ],
    ['prices rerate --from 2d --to 2d --dry-run', /^--from 2d must be earlier than the end/],
    ['prices rerate --from 2d --to soon --dry-run', /^--to soon must be a time such as/]
  ] as const) {
    const { code, err } = await sluice(args)
    assert.equal(code, 2, args)
    assert.match(err, message)
  }
  assert.equal((await sluice('keys disable ann@example.com desk')).code, 2)
  assert.equal((await json('keys disable ann@example.com desk --yes'))['status'], 'disabled')
  assert.equal((await json('keys enable ann@example.com desk'))['status'], 'active')

  const warned = async (args: string) => {
    const { code, err } = await sluice(args)
    assert.equal(code, 0, err)
    return err
  }
  await sluice('groups disable plus --yes')
  assert.equal(
    await warned('keys enable ann@example.com desk'),
    'warning: key ann@example.com/desk does not work now: The group of this API key, plus, is disabled\n'
  )
  await sluice('groups enable plus')
  const poor = 'warning: key ann@example.com/odd does not work now: Your credit balance is too low to access the API. '
  for (const [args, first] of [
    ['keys add ann@example.com odd --models claude-opus-55', `${poor}Please ask your administrator for a top-up.\n`],
    ['groups change plain --models claude-opus-55', '']
  ] as const) {
    assert.equal(
      await warned(args),
      `${first}warning: no price and no account names a model claude-opus-55; did you mean claude-opus-5-5?\n`
    )
  }
  assert.equal(await warned('groups change plain --models claude-opus-5-5 --map of-ours=claude-opus-5-5'), '')
  assert.equal(await warned('keys change ann@example.com odd --models of-ours'), '')

  const { DATABASE_URL = '' } = place.env
  await executeSql(
    DATABASE_URL,
    `update api_keys set expires_at = '2020-01-01', status = 'disabled', allowed_ips = '{10.0.0.5/8}', version = version + 1
     where name = 'ruled'`
  )
  await executeSql(DATABASE_URL, `update subscriptions set starts_at = '2019-01-01', expires_at = '2020-01-01'`)
  const since = '2020-01-01T00:00:00.000Z'
  for (const act of ['enable', 'rotate --yes']) {
    assert.equal(
      await warned(`keys ${act} ann@example.com ruled`),
      `warning: key ann@example.com/ruled stays expired, since ${since}: sluice keys change ann@example.com ruled --expires TIME\n`
    )
  }
  assert.equal(
    await warned('subscriptions resume ann@example.com quota'),
    `warning: subscription ann@example.com/quota stays expired, since ${since}: sluice subscriptions extend ann@example.com quota --days N\n`
  )
  assert.deepEqual((await json('keys show ann@example.com ruled'))['allowed_ips'], ['10.0.0.0/8'], 'it was taken once')

  assert.equal((await json('keys change ann@example.com odd --note of-ours'))['note'], 'of-ours')
  assert.equal((await json('keys change ann@example.com odd --note none'))['note'], null)

  assert.match((await sluice('proxies list')).out, /^NAME +NOTE\noffice +-\n$/)
  const account = await sluice('accounts show main')
  assert.deepEqual([account.code, /\nname +main\n[^]*\nconcurrency +5\n/.test(account.out)], [0, true], account.err)
  assert.doesNotMatch(account.out, /sk-ant/)

  const refusals: [args: string, message: RegExp][] = [
    ['groups add plain', /there is a group plain already/],
    ['groups change none --name other', /there is no group none/],
    ['groups show plian', /there is no group plian; did you mean plain\?/],
    ['keys show ann@example.com deks', /there is no key ann@example.com\/deks; did you mean desk\?/],
    ['users show ann@exmaple.com', /there is no user ann@exmaple.com; did you mean ann@example.com\?/],
    ['groups change plain', /name what to change/],
    ['groups change plain --map a=b --map a=c', /^--map a=c repeats a: give each once\n$/],
    ['groups change plain --map a', /^--map a must be requested=actual; repeat the option for several\n$/],
    [
      'groups change plain --daily-limit -1',
      /^--daily-limit must be an amount of USD above 0 with at most 9 decimals, or none\n$/
    ],
    [
      'keys add ann@example.com x --spend-limit daily=x --note ',
      /^--spend-limit daily must be [^;]*\n--note must be a line of 1 to 500 characters\n$/
    ],
    ['keys change ann@example.com desk --allowed-ips 10.0.0.5/8', /^--allowed-ips must not have bits .* write 10\.0\.0\.0\/8 /],
    ['keys add nobody@example.com x', /^<email>: there is no user nobody@example.com\n$/],
    ['subscriptions add ann@example.com plain --days 3', /^<group>: group plain is of kind balance, not subscription\n$/],
    ['balance add ann@example.com 0', /an amount of USD other than 0/],
    ['usage --outcome fine', /^--outcome must be completed, /],
    ['users list --url ftp://example.com', /option '--url <url>' argument .* must be the http/],
    ['groups add other --kind free', /Allowed choices are balance, subscription/],
    ['keys change ann@example.com desk', /name what to change/],
    ['keys change ann@example.com desk --group none', /there is no group none/],
    ['accounts show other', /there is no account other/]
  ]
  for (const [args, message] of refusals) {
    const { code, out, err } = await sluice(args)
    assert.deepEqual([code, out], [2, ''], args)
    assert.match(err, message)
  }
})
