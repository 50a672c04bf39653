import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeclarativeFileError, parseDeclarativeFile } from '../../../services/set-up/declarative-file.ts'

const variables = { ANTHROPIC_API_KEY: 'sk-ant-4f7a9d', DEV_KEY: 'dev-9f8e7d6c5b4a39281706', HOST: 'gw.internal' }

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
  assert.match(problemsOf('webhooks: []')[0] ?? '', /the fields here are groups, accounts, users/)
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

test('parts of the format that are not served yet are refused, each with one clear line', () => {
  const problems = problemsOf(`accounts:
  - {name: a, type: oauth, credentials: {access_token: t}, owner: x@y.z}
  - {name: b, type: api-key, credentials: {api_key: k1}, proxy: "http://proxy"}
`)
  assert.deepEqual(problems, [
    'sluice.yaml:2:21 accounts[0].type is oauth: account type oauth is not supported yet',
    'sluice.yaml:3:65 accounts[1].proxy is not supported yet: leave it out'
  ])
})

const REFUSED: [what: string, text: string, reason: RegExp][] = [
  ['a base URL that ends in /v1', `${ACCOUNT}, base_url: "https://h/v1"}`, /must not end in \/v1/],
  ['a base URL with credentials', `${ACCOUNT}, base_url: "https://u:p@h"}`, /user name or password/],
  ['a base URL with a query', `${ACCOUNT}, base_url: "https://h/?a=1"}`, /query/],
  ['a base URL of another scheme', `${ACCOUNT}, base_url: "file:///etc/passwd"}`, /http/],
  ['a placeholder credential', 'accounts: [{name: a, type: api-key, credentials: {api_key: sk-ant-xxxxxx}}]', /placeholder/],
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
  const text = problemsOf(`accounts: [{name: a, type: api-key, credentials: {api_key: "leaked one"}}]
users: [{email: a@b.c, keys: [{name: k, key: "leaked two"}]}]`).join('\n')
  assert.equal(text.split('\n').length, 2)
  assert.doesNotMatch(text, /leaked/)
})
