import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { examplesOf, runExample } from '../support/documented-examples.ts'
import { ADMIN_TOKEN, ask, startGateway } from '../support/gateway.ts'
import { startTokenIssuer } from '../support/token-issuer.ts'

const PAGE = 'docs/identities.md'
const OWN = 'https://sluice.example.com'
const CLUSTER = 'https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE'
const TOKEN_FILE = '/var/run/secrets/sluice/token'
const HERE = 'http://127.0.0.1:8080'
const SCIM_TOKEN = 'the-token-of-the-provider-in-this-test'
/** As far as the page uses it: `jq -er .name`, `jq -r '.data[0].id'`. */
const JQ = `jq() { node -p 'process.argv[1].split(/[^a-z0-9_]+/).filter(Boolean).reduce((at, name) => at[name], JSON.parse(fs.readFileSync(0))) ?? process.exit(1)' "$2"; }`

/** What a block of YAML on the page says, known by a line of it. */
async function documentWith(line: string): Promise<unknown> {
  const page = await readFile(new URL(`../../${PAGE}`, import.meta.url), 'utf8')
  const block = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text).find((text) => text.includes(line))
  return parseAllDocuments(block ?? assert.fail(`no block with ${line}`))[0]?.toJS()
}

async function stage(t: TestContext) {
  const issuer = await startTokenIssuer(t)
  const gateway = await startGateway(t, { env: { CLIENTS_URL: OWN, SCIM_TOKEN } })
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-jobs-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const env = {
    SLUICE_URL: gateway.url,
    SLUICE_ADMIN_TOKEN: ADMIN_TOKEN,
    SCIM_TOKEN,
    ANTHROPIC_BASE_URL: gateway.url,
    PATH: process.env.PATH ?? ''
  }

  /** Runs what the page says, at our own issuer. */
  async function run(command: string, more: Record<string, string> = {}, assignments: string[] = []): Promise<string> {
    const here = (text: string) =>
      text.replaceAll(CLUSTER, issuer.issuer).replaceAll(TOKEN_FILE, join(folder, 'token')).replaceAll(HERE, gateway.url)
    const { code, printed } = await runExample(
      { command: here(command), assignments: [JQ, ...assignments.map(here)] },
      { folder, env: { ...env, ...more }, reply: () => null }
    )
    assert.equal(code, 0, `${command}\n${printed}`)
    return printed
  }

  /** Applies what the page has in its file, with our own issuer for that of the page. */
  async function rule(changes: object): Promise<void> {
    const {
      users,
      workload_rules: [described]
    } = (await documentWith('workload_rules:')) as Described
    await gateway.apply({ users, workload_rules: [{ ...described, issuer: issuer.issuer, ...changes }] })
  }

  async function works(token: string): Promise<void> {
    const body = JSON.stringify(ask({ model: 'claude-haiku-5-5' }))
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', headers, body })
    assert.equal(response.status, 200, await response.text())
  }
  return { issuer, gateway, folder, run, rule, works }
}

interface Described {
  users: object[]
  workload_rules: [object]
}

await suite('what the page on identities says', { timeout: 120_000 }, async () => {
  test('works in a pod, and by the commands', async (t) => {
    const { issuer, gateway, folder, run, works } = await stage(t)
    assert.equal((await gateway.tell('/users', { email: 'ann@example.com' })).status, 201)
    const examples = await examplesOf(PAGE)
    assert.ok(examples.length > 6)
    const claims = { 'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'builder' } } }
    await writeFile(join(folder, 'token'), await issuer.sign({ aud: OWN, sub: 'system:serviceaccount:ci:builder', ...claims }))
    for (const { command, assignments } of examples) {
      const printed = await run(command, {}, assignments)
      if (command.includes('/oauth/token')) await works(printed.trim())
    }
  })

  test('works at GitHub', async (t) => {
    const { issuer, gateway, folder, run, rule, works } = await stage(t)
    await rule({})
    const asked: string[] = []
    const github = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://x')
      asked.push(`${request.headers.authorization} ${searchParams.get('audience')}`)
      const claims = { aud: OWN, sub: 'repo:acme/app:ref:refs/heads/main', repository: 'acme/app', ref: 'refs/heads/main' }
      void issuer.sign(claims).then((value) => response.end(JSON.stringify({ value })))
    })
    await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve))
    t.after(() => github.close())
    const { jobs } = (await documentWith('id-token: write')) as { jobs: { review: { steps: { run?: string }[] } } }
    const script = jobs.review.steps.find(({ run: text }) => text?.includes('/oauth/token'))?.run ?? assert.fail()
    await run(script, {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}/?v=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-runner',
      GITHUB_ENV: join(folder, 'env')
    })
    assert.deepEqual(asked, [`Bearer of-the-runner ${gateway.url}`])
    await works(/^ANTHROPIC_AUTH_TOKEN=(.+)$/m.exec(await readFile(join(folder, 'env'), 'utf8'))?.[1] ?? assert.fail())
  })

  test('works at GitLab', async (t) => {
    const { issuer, run, rule, works } = await stage(t)
    await rule({ conditions: { project_path: 'acme/app', ref: 'main', ref_protected: 'true' } })
    const { review } = (await documentWith('id_tokens:')) as { review: { script: string[] } }
    const script = review.script.slice(0, -1).join('\n')
    const claims = {
      aud: OWN,
      sub: 'project_path:acme/app:ref_type:branch:ref:main',
      project_path: 'acme/app',
      ref: 'main',
      ref_protected: 'true'
    }
    const printed = await run(`${script}\necho "$ANTHROPIC_AUTH_TOKEN"`, { SLUICE_JWT: await issuer.sign(claims) })
    await works(printed.trim())
  })
})
