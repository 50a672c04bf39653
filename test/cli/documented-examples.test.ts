import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ADMIN_TOKEN, ask, user } from '../support/gateway.ts'
import { examplesOf, runExample, type Example } from '../support/documented-examples.ts'
import { serverPlace, type ServerPlace } from '../support/server-process.ts'
import { startSimulatedTokenEndpoint } from '../support/simulated-token-endpoint.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

/** The file that the pages' examples apply. */
const FILE = JSON.stringify({
  groups: [{ name: 'default', kind: 'balance' }],
  accounts: [{ name: 'main', type: 'api-key', credentials: { api_key: 'sk-ant-main' } }],
  users: [user()]
})
/** Stands on the pages for a request that was made. */
const SOME_EXCHANGE = '01a2b3c4-0000-4000-8000-000000000000'

async function stage(t: TestContext, { declared = FILE }: { declared?: string | null } = {}) {
  const upstream = await startSimulatedUpstream()
  const tokens = await startSimulatedTokenEndpoint()
  t.after(() => Promise.all([upstream.close(), tokens.close()]))
  const place = await serverPlace(t, {
    ...(declared === null ? {} : { declared }),
    env: { ANTHROPIC_BASE_URL: upstream.url, ANTHROPIC_OAUTH_TOKEN_URL: tokens.url }
  })
  await place.start()
  const exchange = declared === null ? SOME_EXCHANGE : await exchangeOnRecord(place)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-examples-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'sluice.yaml'), FILE)
  await writeFile(join(folder, 'key-file'), 'sk-ant-of-the-file\n')
  await writeFile(join(folder, 'settings.json'), '{"model":"claude-opus-5-5"}')

  const firstCode = () => /SLC-\S+/.exec(readFileSync(join(folder, 'codes.txt'), 'utf8'))?.[0] ?? assert.fail('no code')

  return {
    place,
    /** In order, for later ones build on earlier ones. */
    async runAll(examples: Example[]) {
      for (const { command, assignments } of examples) {
        const here = (line: string) => line.replaceAll('http://127.0.0.1:8080', place.url).replaceAll(SOME_EXCHANGE, exchange)
        const { code, printed } = await runExample(
          { command: here(command), assignments: assignments.map(here) },
          { folder, env: place.env, reply: (printed) => typed(command, printed) }
        )
        assert.equal(code, 0, `${command}\n${printed}`)
        assert.doesNotMatch(printed, /"type": ?"error"|\n +at /, command)
      }
    }
  }

  /** What a person types there; null as long as there is nothing to answer yet. */
  function typed(command: string, printed: string): string | null {
    if (command.includes('codes redeem')) return firstCode()
    if (command.includes('proxies add')) return 'http://user:secret@proxy.example.com:3128'
    if (command.includes('set-password')) return 'correct horse battery'
    if (!command.includes('accounts login')) return 'sk-ant-typed'
    const link = /^https:\/\/claude\.ai\/\S+\n/m.exec(printed)?.[0].trim()
    return link === undefined ? null : tokens.authorize(link)
  }
}

async function exchangeOnRecord(place: ServerPlace): Promise<string> {
  const response = await place.messages(ask())
  await response.text()
  const id = response.headers.get('x-sluice-exchange-id') ?? assert.fail('no id')
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  await until('it is on record', async () => (await fetch(`${place.url}/admin/v1/exchanges/${id}`, { headers })).ok)
  return id
}

for (const [page, least] of [
  ['docs/cli.md', 26],
  ['docs/admin-api.md', 5],
  ['docs/sign-in.md', 7]
] as const) {
  test(`every example of ${page} works`, async (t) => {
    const { runAll } = await stage(t)
    const examples = await examplesOf(page)
    assert.ok(examples.length >= least)
    await runAll(examples)
  })
}

test('every example of docs/onboarding.md works on an empty server, and yesterday is there by user', async (t) => {
  const { runAll, place } = await stage(t, { declared: null })
  const examples = await examplesOf('docs/onboarding.md')
  assert.ok(examples.length > 15)
  await runAll(examples)
  const users = await place.list<{ email: string; balance_usd: string }>('/users')
  assert.deepEqual(
    users.map(({ email, balance_usd: balance }) => `${email} ${balance}`),
    ['ann@example.com 0', 'bob@example.com 0', 'cleo@example.com 25']
  )
  const keys = await place.list<{ user_email: string; group: string }>('/keys')
  assert.deepEqual(
    keys.map(({ group }) => group),
    ['team', 'team', 'default']
  )
})
