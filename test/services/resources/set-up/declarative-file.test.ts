import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeclarativeFileError, parseDeclarativeFile } from '../../../../services/resources/set-up/declarative-file.ts'

const variables = {
  ANTHROPIC_API_KEY: 'sk-ant-4f7a9d',
  DEV_KEY: 'dev-9f8e7d6c5b4a39281706',
  HOST: 'gw.internal',
  TENANT: 'acme'
}

function parse(text: string) {
  return parseDeclarativeFile(text, { fileName: 'sluice.yaml', variables })
}

function problemsOf(text: string): readonly string[] {
  try {
    parse(text)
  } catch (error) {
    assert(error instanceof DeclarativeFileError)
    return error.problems
  }
  return []
}

const ACCOUNT = 'accounts:\n  - {name: main, type: api-key, credentials: {api_key: "${ANTHROPIC_API_KEY}"}'

test('a whole file is read', () => {
  const desired = parse(`
groups:
  - {name: default, kind: balance, rate_multiplier: 1.0}
  - {name: pro, kind: subscription, daily_limit_usd: 10, weekly_limit_usd: "50"}
accounts:
  - name: main
    type: api-key
    credentials: {api_key: "\${ANTHROPIC_API_KEY}"}
    base_url: https://\${HOST}/anthropic
    groups: [default, pro]
    concurrency: 5
    model_mapping: {claude-a: claude-b}
    proxy: null
    owner: null
users:
  - email: Dev@Example.com
    balance_usd: "100"
    keys:
      - {name: laptop, group: default, key: "\${DEV_KEY}"}
    subscriptions:
      - {group: pro, days: 30}
`)
  assert.deepEqual(desired, {
    groups: [
      { name: 'default', kind: 'balance', rate_multiplier: '1.0' },
      { name: 'pro', kind: 'subscription', daily_limit_usd: '10', weekly_limit_usd: '50' }
    ],
    accounts: [
      {
        name: 'main',
        type: 'api-key',
        credentials: { api_key: 'sk-ant-4f7a9d' },
        base_url: 'https://gw.internal/anthropic',
        groups: ['default', 'pro'],
        concurrency: 5,
        model_mapping: { 'claude-a': 'claude-b' }
      }
    ],
    users: [
      {
        email: 'dev@example.com',
        balance_usd: '100',
        keys: [{ name: 'laptop', group: 'default', key: 'dev-9f8e7d6c5b4a39281706' }],
        subscriptions: [{ group: 'pro', days: 30 }]
      }
    ]
  })
})

test('JSON is read too, and what was read reads the same again as JSON', () => {
  const desired = parse(`${ACCOUNT}}`)
  const again = parseDeclarativeFile(JSON.stringify(desired), { fileName: 'request', variables: null })
  assert.deepEqual(again, desired)
})

test('amounts written as numbers keep their digits exactly', () => {
  const desired = parse(`
groups:
  - {name: a, kind: subscription, rate_multiplier: 1.10, daily_limit_usd: 0.1, monthly_limit_usd: 123456789012345.123456789}
users:
  - {email: a@b.c, balance_usd: 900719925474099.301}
`)
  assert.equal(desired.groups?.[0]?.rate_multiplier, '1.10')
  assert.equal(desired.groups?.[0]?.daily_limit_usd, '0.1')
  assert.equal(desired.groups?.[0]?.monthly_limit_usd, '123456789012345.123456789')
  assert.equal(desired.users?.[0]?.balance_usd, '900719925474099.301')
})

test('amounts that are not plain decimals are refused', () => {
  for (const amount of ['1e2', '0x10', '-1', '.5', '1_000', '0.0000000001', 'true']) {
    assert.match(problemsOf(`users: [{email: a@b.c, balance_usd: ${amount}}]`)[0] ?? '', /balance_usd must be an amount/)
  }
  assert.match(problemsOf('groups: [{name: a, kind: subscription, daily_limit_usd: 0.00}]')[0] ?? '', /above 0/)
})

test('a limit that nothing would enforce is refused where it stands', () => {
  assert.deepEqual(problemsOf('groups: [{name: a, kind: balance, weekly_limit_usd: 1}]'), [
    'sluice.yaml:1:35 groups[0].weekly_limit_usd is for groups of kind subscription only'
  ])
})

test('a wrong value is named with its line and column', () => {
  const problems = problemsOf(`${ACCOUNT},\n     concurrency: -1}\n`)
  assert.deepEqual(problems, ['sluice.yaml:3:19 accounts[0].concurrency must be an integer ≥ 0 (and at most 1000000)'])
})

test('all problems are reported at once, in the order of the file', () => {
  const problems = problemsOf(`groups:
  - {name: a, kind: prepaid}
  - {kind: balance}
users:
  - {email: nobody}
  - {email: "\${NOBODY}@b.c"}
${Array.from({ length: 12 }, (_, index) => `  - {email: u${index}@b.c, concurrency: many}`).join('\n')}
`)
  assert.deepEqual(problems.slice(0, 4), [
    'sluice.yaml:2:21 groups[0].kind must be balance or subscription',
    'sluice.yaml:3:5 groups[1].name is missing',
    'sluice.yaml:5:13 users[0].email must be an e-mail address',
    'sluice.yaml:6:13 users[1].email: the environment variable NOBODY is not set'
  ])
  assert.equal(problems.length, 16)
})

test('an unknown field is an error that names the nearest known one', () => {
  assert.deepEqual(problemsOf(`${ACCOUNT},\n     concurency: 5}\n`), [
    'sluice.yaml:3:6 accounts[0].concurency is not a known field: did you mean concurrency?'
  ])
  assert.match(problemsOf('user: []')[0] ?? '', /did you mean users\?/)
  assert.match(problemsOf('webhooks: []')[0] ?? '', /the fields here are groups, proxies, accounts, users, workload_rules/)
})

test('variables stand in any part of a string, and $${ is a plain ${', () => {
  const desired = parse('groups: [{name: "a-${HOST}-$${HOST}", kind: balance}]')
  assert.equal(desired.groups?.[0]?.name, 'a-gw.internal-${HOST}')
})

test('a value from a variable is data, not YAML', () => {
  const text = 'groups: [{name: "${NAME}", kind: balance}]'
  const name = 'a", kind: subscription} #'
  assert.equal(parseDeclarativeFile(text, { fileName: 'f', variables: { NAME: name } }).groups?.[0]?.name, name)
})

test('without variables, as for text from the network, nothing is expanded', () => {
  const desired = parseDeclarativeFile('groups: [{name: "${PATH}", kind: balance}]', { fileName: 'f', variables: null })
  assert.equal(desired.groups?.[0]?.name, '${PATH}')
})

test('an unquoted variable in braces is explained', () => {
  assert.match(problemsOf('groups:\n  - {name: ${HOST}, kind: balance}')[0] ?? '', /^sluice\.yaml:2:13 .*put quotes around/)
})

test('things named twice are refused', () => {
  const key = 'a-key-of-twenty-characters-1'
  const problems = problemsOf(`groups: [{name: a, kind: balance}, {name: a, kind: balance}]
accounts:
  - {name: m, type: api-key, credentials: {api_key: k1}, groups: [a, a]}
  - {name: m, type: api-key, credentials: {api_key: k2}}
users:
  - {email: x@y.z, keys: [{name: k, key: ${key}}, {name: k}], subscriptions: [{group: p, days: 1}, {group: p, days: 2}]}
  - {email: X@y.z, keys: [{name: k, key: ${key}}]}
`)
  assert.deepEqual(
    problems.map((problem) => problem.split(' ')[1]),
    [
      'groups[1].name',
      'accounts[0].groups',
      'accounts[1].name',
      'users[0].keys[1].name',
      'users[0].subscriptions[1].group',
      'users[1].email',
      'users[1].keys[0].key'
    ]
  )
})

const OWNED = 'owner: Dev@example.com'

test('sign-ins, proxies and rules for models are read', () => {
  const desired = parse(`
groups: [{name: default, kind: balance, model_mapping: {opus: claude-opus-4-5}}]
proxies: [{name: corp, url: "http://user:\${DEV_KEY}@\${HOST}:3128"}]
accounts:
  - {name: a, type: oauth, credentials: {access_token: at-1, refresh_token: rt-1, expires_at: 2026-12-31T23:59:59Z}, ${OWNED}, proxy: corp}
  - {name: b, type: setup-token, credentials: {access_token: st-1}, shared: true, header_profile: true, allowed_models: [claude-opus-4-5]}
  - {name: c, type: oauth, ${OWNED}, shared: true, proxy: "socks5://u:p@127.0.0.1:1080"}
  - {name: d, type: api-key, credentials: {api_key: key-1}, shared: false, header_profile: false, owner: null}
`)
  assert.deepEqual(desired.groups?.[0]?.model_mapping, { opus: 'claude-opus-4-5' })
  assert.deepEqual(desired.proxies, [{ name: 'corp', url: 'http://user:dev-9f8e7d6c5b4a39281706@gw.internal:3128' }])
  const [a, b, c, d] = desired.accounts ?? []
  assert.equal(a?.owner, 'dev@example.com')
  assert.deepEqual(a?.credentials, { access_token: 'at-1', refresh_token: 'rt-1', expires_at: '2026-12-31T23:59:59Z' })
  assert.deepEqual([b?.shared, b?.header_profile, b?.allowed_models], [true, true, ['claude-opus-4-5']])
  assert.deepEqual([c?.credentials, c?.proxy], [undefined, 'socks5://u:p@127.0.0.1:1080'])
  assert.deepEqual([d?.owner, d?.shared], [undefined, false])
})

test('fixed headers are for keys, have names of their own and values that can be sent', () => {
  const HEADERS = 'accounts: [{name: a, type: api-key, credentials: {api_key: k-1}, headers: '
  const { accounts } = parse(HEADERS + '{X-Tenant: "${TENANT} & sons"}}]')
  assert.deepEqual(accounts?.[0]?.headers, { 'X-Tenant': 'acme & sons' })
  const many = Array.from({ length: 17 }, (_, at) => `x-${at}: v`).join(', ')
  for (const [headers, problem] of [
    ['{x-a: "v", X-A: "w"}', /headers\.X-A repeats a header/],
    ['{Authorization: "v"}', /headers\.Authorization is set by Sluice/],
    ['{"x y": "v"}', /is not a name/],
    ['{x-a: }', /headers\.x-a must be a text of at most 4000/],
    ['{x-a: 7}', /headers\.x-a must be a text/],
    ['{x-a: "s3cret\\r\\nx-b: c"}', /headers\.x-a must be a text/],
    ['{x-a: " s3cret"}', /headers\.x-a must be a text/],
    [`{x-a: "${'s'.repeat(4001)}"}`, /headers\.x-a must be a text/],
    [`{${many}}`, /headers has more than 16/],
    ['[x-a]', /headers must be a mapping/]
  ] as const) {
    const problems = problemsOf(`${HEADERS}${headers}}]`)
    assert.equal(problems.length, 1, problems.join())
    assert.match(problems[0]!, problem)
    assert.doesNotMatch(problems[0]!, /s3cret/)
  }
  const signIn = 'accounts: [{name: a, type: oauth, shared: true, headers: {x-a: v}}]'
  assert.match(problemsOf(signIn).join(), /headers is for type api-key only/)
})

test('the expiry of a sign-in is a time or a number, which keeps its digits', () => {
  for (const [written, read] of [
    ['1790000000', '1790000000'],
    ['"1790000000000"', '1790000000000'],
    ['2026-12-31T23:59:59+01:00', '2026-12-31T23:59:59+01:00']
  ]) {
    const text = `accounts: [{name: a, type: oauth, ${OWNED}, credentials: {access_token: t1, refresh_token: t2, expires_at: ${written}}}]`
    assert.equal(parse(text).accounts?.[0]?.credentials?.expires_at, read)
  }
})

test('a sign-in without an owner is refused with the reason, unless it is said to be shared', () => {
  const text = (more: string) =>
    `accounts:\n  - {name: a, type: oauth${more}}\n  - {name: b, type: setup-token, shared: false, owner: null}`
  const [first, second] = problemsOf(text(''))
  assert.equal(
    first,
    "sluice.yaml:2:5 accounts[0].owner is missing: Anthropic's terms bar routing other people's requests through somebody's own sign-in, so name its owner and whom it is to serve, or set shared: true if you answer for serving others with it"
  )
  assert.match(second ?? '', /^sluice\.yaml:3:56 accounts\[1\]\.owner is missing/)
  assert.equal(problemsOf(text(', shared: true')).length, 1)
  assert.equal(problemsOf(text(`, ${OWNED}`)).length, 1)
})

test('credentials have the fields of their type, and no others', () => {
  const problems = problemsOf(`accounts:
  - {name: a, type: oauth, ${OWNED}, credentials: {access_token: t1, api_key: k1}}
  - {name: b, type: api-key, credentials: {access_token: t1}}
  - {name: c, type: setup-token, ${OWNED}, credentials: {access_token: t1, expires_at: 5}}
  - {name: d, type: api-key}
  - {name: e, type: setup-token, ${OWNED}, credentials: {}}
`)
  assert.deepEqual(problems, [
    'sluice.yaml:2:65 accounts[0].credentials.refresh_token is missing: type oauth takes access_token, refresh_token, expires_at',
    'sluice.yaml:2:84 accounts[0].credentials.api_key is for another type of account: type oauth takes access_token, refresh_token, expires_at',
    'sluice.yaml:3:43 accounts[1].credentials.api_key is missing: type api-key takes api_key',
    'sluice.yaml:3:44 accounts[1].credentials.access_token is for another type of account: type api-key takes api_key',
    'sluice.yaml:4:90 accounts[2].credentials.expires_at is for another type of account: type setup-token takes access_token',
    'sluice.yaml:5:5 accounts[3].credentials is missing',
    'sluice.yaml:6:71 accounts[4].credentials.access_token is missing: type setup-token takes access_token'
  ])
})

test('what is for sign-ins is refused for a key', () => {
  const problems = problemsOf(`${ACCOUNT},\n    ${OWNED},\n    shared: true,\n    header_profile: true}`)
  assert.deepEqual(
    problems,
    ['3:5 accounts[0].owner', '4:5 accounts[0].shared', '5:5 accounts[0].header_profile'].map(
      (place) => `sluice.yaml:${place} is for sign-ins (types oauth and setup-token) only`
    )
  )
})

test('two proxies that differ in their password only are refused; two spellings of one are not', () => {
  const accounts = (...urls: string[]) =>
    `accounts:\n${urls.map((url, index) => `  - {name: a${index}, type: api-key, credentials: {api_key: k1}, proxy: "${url}"}`).join('\n')}`
  assert.deepEqual(problemsOf(accounts('http://u:hidden1@proxy', 'http://v:hidden1@proxy', 'http://u:hidden2@proxy:80')), [
    'sluice.yaml:4:66 accounts[2].proxy differs from accounts[0].proxy in its password only: give both a name under proxies, or the same password'
  ])
  assert.deepEqual(problemsOf(accounts('http://u:p@proxy', 'http://u:p@PROXY:80/')), [])
})

const REFUSED: [what: string, text: string, reason: RegExp][] = [
  ['a base URL that ends in /v1', `${ACCOUNT}, base_url: "https://h/v1"}`, /must not end in \/v1/],
  ['a base URL with credentials', `${ACCOUNT}, base_url: "https://u:p@h"}`, /user name or password/],
  ['a base URL with a query', `${ACCOUNT}, base_url: "https://h/?a=1"}`, /query/],
  ['a base URL of another scheme', `${ACCOUNT}, base_url: "file:///etc/passwd"}`, /http/],
  ['a placeholder credential', 'accounts: [{name: a, type: api-key, credentials: {api_key: sk-ant-xxxxxx}}]', /placeholder/],
  [
    'a placeholder token',
    `accounts: [{name: a, type: setup-token, ${OWNED}, credentials: {access_token: your-token-here}}]`,
    /access_token is a placeholder/
  ],
  [
    'an expiry on a date that does not exist',
    `accounts: [{name: a, type: oauth, ${OWNED}, credentials: {access_token: t1, refresh_token: t2, expires_at: 2026-02-30T00:00:00Z}}]`,
    /expires_at must be a time/
  ],
  [
    'an expiry that is no time',
    `accounts: [{name: a, type: oauth, ${OWNED}, credentials: {access_token: t1, refresh_token: t2, expires_at: 1.5e9}}]`,
    /expires_at must be a time such as .*, or seconds or milliseconds/
  ],
  ['an owner that is no address', 'accounts: [{name: a, type: oauth, owner: dev}]', /owner must be an e-mail address/],
  ['a proxy of another scheme', `${ACCOUNT}, proxy: "ftp://h"}`, /proxy must be an http:\/\/, https:\/\/ or socks5:\/\/ URL/],
  ['a listed proxy of another scheme', 'proxies: [{name: p, url: "ftp://h"}]', /proxies\[0\]\.url must be/],
  [
    'a proxy named like a URL',
    'proxies: [{name: "http://p", url: "http://h"}]',
    /proxies\[0\]\.name must be a name, not a URL/
  ],
  ['a proxy named twice', 'proxies: [{name: p, url: "http://h"}, {name: p, url: "http://i"}]', /proxies\[1\]\.name repeats/],
  ['a mapped model without a name', 'groups: [{name: a, kind: balance, model_mapping: {"": b}}]', /is not the name of a model/],
  [
    'a mapping to nothing',
    `${ACCOUNT}, model_mapping: {a: }}`,
    /^sluice\.yaml:2:\d+ accounts\[0\]\.model_mapping\.a must be a name/
  ],
  ['a short client key', 'users: [{email: a@b.c, keys: [{name: k, key: abc}]}]', /20 to 500/],
  ['a placeholder client key', 'users: [{email: a@b.c, keys: [{name: k, key: your-secret-client-key-here}]}]', /placeholder/],
  [
    'a date that does not exist',
    'users: [{email: a@b.c, keys: [{name: k, expires_at: 2026-02-30T00:00:00Z}]}]',
    /a time such as/
  ],
  ['an unknown time zone', 'groups: [{name: a, kind: balance, time_zone: Mars/Olympus}]', /a time zone such as/],
  ['an empty file', '# nothing\n', /the file is empty/],
  ['a file that is a list', '- a', /must be a mapping/],
  ['a field given twice', 'groups: []\ngroups: []', /2:1 .*unique/],
  ['an alias without anchor', 'groups: *g', /no anchor/],
  ['an alias inside itself', 'users: &u [*u]', /nested too deep/]
]

for (const [what, text, reason] of REFUSED) {
  test(`${what} is refused`, () => {
    const problems = problemsOf(text)
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', reason)
  })
}

test('aliases that multiply a small file into a huge one are refused quickly', () => {
  const lines = Array.from(
    { length: 12 },
    (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]`
  )
  const problems = problemsOf(`a0: &a0 x\n${lines.join('\n')}\n`)
  assert.deepEqual(problems, ['sluice.yaml:1:1 the file is nested too deep or its aliases unfold to too much'])
})

test('no message repeats a credential or a key', () => {
  const text =
    problemsOf(`accounts: [{name: a, type: api-key, credentials: {api_key: "leaked one"}}, {name: b, type: oauth, ${OWNED}, credentials: {access_token: "leaked three", refresh_token: "leaked four"}, proxy: "http://u:leaked@h/x"}]
users: [{email: a@b.c, keys: [{name: k, key: "leaked two"}]}]`).join('\n')
  assert.equal(text.split('\n').length, 5)
  assert.doesNotMatch(text, /leaked/)
})

test('what is wrong with a raise is named where it is', () => {
  const raise = 'period: daily, amount_usd: 1, until: 2027-01-29, reason: r'
  const text = `teams:
  - name: core
    raises:
      - {${raise}}
      - {${raise.replace('2027-01-29', '2027-02-30')}}
      - {${raise.replace('2027-01-29', '3d')}}
      - {${raise.replace('daily', 'hourly')}}
      - {${raise.replace('amount_usd: 1', 'amount_usd: 0')}}
      - {${raise}, team: core}
      - {period: daily, amount_usd: 1, until: 2027-01-29}
`
  const time = 'must be a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31'
  assert.deepEqual(
    problemsOf(text).map((problem) => problem.replace(/^sluice\.yaml:\d+:\d+ teams\[0\]\./, '')),
    [
      `raises[1].until ${time}`,
      `raises[2].until ${time}`,
      'raises[3].period must be daily, weekly or monthly',
      'raises[4].amount_usd must be an amount of USD above 0 with at most 9 decimals',
      'raises[5].team is not a known field: the fields here are user, period, amount_usd, until, reason',
      'raises[6].reason is missing'
    ]
  )
})
