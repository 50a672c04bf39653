import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../app.ts'
import { systemClock } from '../services/platform/clock.ts'
import { createLogger } from '../services/platform/logger.ts'
import { generateClientKey } from '../services/platform/secrets.ts'
import { onStopSignals } from '../services/platform/stop-signals.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { seededRandom } from '../simulator/seeded-random.ts'
import { startSimulatedUpstream } from '../simulator/upstream.ts'
import { fillHistory, type Admin } from './demo/fill-history.ts'
import { createTeam, declareTeam } from './demo/team.ts'
import { createUpstreamOfTeam, startTrickle, withoutWindows, type Trickle } from './demo/trickle.ts'
import { makeTemporaryDataDir } from './temporary-data-dir.ts'

// `npm run demo`: the whole road of a request on this machine alone, and a made-up team that has used it for a month and goes on to.
// Nothing of it stays: the data folder is temporary.

const MODEL = 'claude-haiku-5-5'
const QUESTION = 'What does a sluice do?'
const RESPONSE =
  'A sluice lets water through a gate at the rate that the channel behind it can carry. ' +
  'This one does the same with requests, and counts every drop. (A simulated upstream wrote this.)'

const HISTORY_DAYS = 30
const SEED = 20_261_129

const options = new Command('npm run demo --')
  .description(
    'Runs Sluice before a simulated upstream on this machine, sends a request, and stays up with a made-up team to be tried'
  )
  .option('--once', 'end after the first request', false)
  .addHelpText('after', '\nIt listens on 127.0.0.1, at PORT (8080) or any free port. Its data is removed when it ends.')
  .showHelpAfterError('(see npm run demo -- --help)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ once: boolean }>()

const upstream = await startSimulatedUpstream({ record: 'none' })
upstream.setBehaviour({
  text: RESPONSE,
  deltas: 24,
  paceMs: 40,
  usage: { inputTokens: 1200, outputTokens: 45 },
  headers: withoutWindows()
})
const { path: dataDir, remove } = await makeTemporaryDataDir('demo')
const key = generateClientKey()
const team = createTeam()
const random = seededRandom(SEED)
const adminToken = randomBytes(24).toString('hex')
const configFile = join(dataDir, 'sluice.json')
await writeFile(configFile, JSON.stringify(declareTeam(team, upstream.url, key, systemClock.now())), { mode: 0o600 })

console.log('Starting Sluice on an embedded database, before a simulated upstream …')
const settings = readSettings({
  DATA_DIR: dataDir,
  SLUICE_CONFIG: configFile,
  SLUICE_ADMIN_TOKEN: adminToken,
  HOST: '127.0.0.1',
  PRIVATE_UPSTREAMS: '127.0.0.1',
  // Below that is what happens all the time, now that a team works here.
  LOG_LEVEL: 'error'
})
const app = await buildApp({ settings, logger: createLogger(settings.logLevel) })
const url = await listen(app)

const history = options.once ? null : fillHistory({ ...historyOptions(), now: systemClock.now() })
// While the response is told, a word at a time, the month is put on record.
await Promise.all([streamOnce(url), history])
await app.backOffice.settle()
await printCost(url)

let trickle: Trickle | null = null
if (options.once) await stop()
else {
  upstream.setBehaviour(createUpstreamOfTeam(random, systemClock.now))
  trickle = startTrickle({ url, team, random, clock: systemClock })
  printHowToConnect(url)
  printHowToOperate(url)
  await printHowToLook(url)
  console.log('\nOnly this machine can reach it. Ctrl-C ends the demo and removes its data.')
  onStopSignals({ clock: systemClock, stop: () => void stop(), hurry: () => app.lifecycle.hurry() })
}

function historyOptions() {
  return { db: app.pg.pool, admin, prices: app.prices, team, random, days: HISTORY_DAYS }
}

/** As whoever has the token. */
async function admin(...[method, path, body, headers]: Parameters<Admin>): Promise<unknown> {
  const response = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${app.localAdminToken}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body)
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return response.status === 204 ? null : await response.json()
}

/** On the usual port, or any free one when that is taken. */
async function listen(server: FastifyInstance): Promise<string> {
  try {
    return await server.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 8080) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return await server.listen({ host: '127.0.0.1', port: 0 })
  }
}

async function streamOnce(base: string): Promise<void> {
  console.log(`\n> ${QUESTION}\n`)
  const response = await fetch(`${base}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, max_tokens: 200, stream: true, messages: [{ role: 'user', content: QUESTION }] })
  })
  if (!response.ok || response.body === null) throw new Error(`the demo request failed: ${await response.text()}`)
  let buffered = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (buffered + chunk).split('\n')
    buffered = lines.pop() ?? ''
    for (const line of lines) process.stdout.write(textOf(line))
  }
  console.log('\n')
}

function textOf(line: string): string {
  if (!line.startsWith('data: ')) return ''
  const event = JSON.parse(line.slice('data: '.length)) as { delta?: { text?: string } }
  return event.delta?.text ?? ''
}

async function printCost(base: string): Promise<void> {
  const headers = { authorization: `Bearer ${app.localAdminToken}` }
  const response = await fetch(`${base}/admin/v1/usage-events`, { headers })
  const { data } = (await response.json()) as {
    data: { input_tokens: number; output_tokens: number; cost_usd: string; model: string; basis: string }[]
  }
  const balance = await fetch(`${base}/user/balance`, { headers: { 'x-api-key': key } })
  const event = data[0]!
  console.log(`On record: ${event.model}, ${event.input_tokens} tokens in, ${event.output_tokens} out (${event.basis} numbers)`)
  console.log(`Cost:      ${event.cost_usd} USD; left of 10 USD: ${((await balance.json()) as { balance: number }).balance}\n`)
}

function printHowToConnect(base: string): void {
  console.log(`Sluice is up at ${base}. Try it from another terminal:

  ANTHROPIC_BASE_URL=${base} ANTHROPIC_AUTH_TOKEN=${key} claude -p hello

  curl ${base}/v1/messages -H 'x-api-key: ${key}' \\
    -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \\
    -d '{"model":"${MODEL}","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hello"}]}'

  curl ${base}/v1/usage -H 'x-api-key: ${key}'`)
}

function printHowToOperate(base: string): void {
  console.log(`
Operate it, in this folder:

  export SLUICE_URL=${base} SLUICE_ADMIN_TOKEN=${adminToken}
  npx sluice usage
  npx sluice top

Have the upstream fail, and answer again (more in docs/demo.md):

  curl -X PUT ${upstream.url}/__sim/behaviour -d '{"error":{"status":529}}'
  curl -X PUT ${upstream.url}/__sim/behaviour -d '{}'`)
}

async function printHowToLook(base: string): Promise<void> {
  const page = await fetch(`${base}/console/`)
  if (!page.ok) {
    console.log(`\n${(await page.text()).trim()}`)
    return
  }
  const password = randomBytes(9).toString('base64url')
  const emails = team.filter(({ group }) => group !== 'batch').map(({ email }) => email)
  await Promise.all(emails.map((email) => admin('POST', `/users/${encodeURIComponent(email)}/password`, { password })))
  const { code } = (await admin('POST', '/console-links', {})) as { code: string }
  console.log(`
See it in a browser, with a month of a made-up team (the link is good once, for ten minutes):

  ${base}/console/enter#${code}

As one of the team, at ${base}/console/ with the password ${password}: ${emails.join(', ')}`)
}

async function stop(): Promise<void> {
  await trickle?.stop()
  await app.close()
  await upstream.close()
  await remove()
}
