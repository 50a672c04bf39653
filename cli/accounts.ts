import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { readSettings } from '../services/set-up/settings.ts'
import { withAdmin, type AskAdmin } from './admin-client.ts'
import { OperationError, UsageError } from './failures.ts'
import { printTable } from './print-table.ts'

/** An account as the admin API shows it. */
interface Account {
  id: string
  name: string
  type: 'api-key' | 'oauth' | 'setup-token'
  status: string
  schedulable: boolean
  cooldowns: { kind: string; scope: string | null; reason: string; until: string }[]
  windows: { name: string; utilization: number | null; resets_at: string | null }[]
  error: string | null
  concurrency: number
  priority: number
  groups: string[]
  owner: string | null
}

interface AddOptions {
  type: string
  baseUrl?: string
  group?: string[]
  concurrency?: string
  priority?: string
  owner?: string
  shared?: true
  proxy?: string
  json: boolean
}

interface TestResult {
  ok: boolean
  status: number | null
  duration_ms: number
  model: string
  problem: string | null
}

const NOTICE =
  "This account is somebody's own sign-in. It serves its owner's keys only, unless it is set to be shared; Anthropic's terms\n" +
  "do not allow routing other people's requests through it."

export function accountsCommand(): Command {
  const accounts = new Command('accounts').description('Shows and mends upstream accounts')
  accounts
    .command('list')
    .description('lists the accounts, with what keeps them from being used')
    .option('--json', 'print JSON', false)
    .action(({ json }: { json: boolean }) => onAccounts(async (ask) => print(await listAccounts(ask), json, printAccounts)))
  accounts
    .command('add')
    .description('creates an account; its secret is asked for, or read from standard input')
    .argument('<name>')
    .option('--type <type>', 'api-key, oauth or setup-token', 'api-key')
    .option('--base-url <url>', 'the upstream, without /v1')
    .option('--group <names...>', 'the groups it serves (default: default)')
    .option('--concurrency <n>', 'requests in flight at most; 0 = no limit')
    .option('--priority <n>', 'smaller goes first')
    .option('--owner <email>', 'whose sign-in it is (oauth, setup-token)')
    .option('--shared', 'a sign-in serves everybody, against what Anthropic allows')
    .option('--proxy <name or URL>', 'the way to the upstream')
    .option('--json', 'print JSON', false)
    .action((name: string, options: AddOptions) => onAccounts((ask) => add(ask, name, options)))
  accounts
    .command('login')
    .description("signs in to an account of type oauth or setup-token, at Anthropic's page")
    .argument('<name>')
    .action((name: string) => onAccounts((ask) => login(ask, name)))
  accounts
    .command('test')
    .description('asks the upstream to count the tokens of one word, which costs nothing')
    .argument('<name>')
    .option('--model <id>', 'the model to ask for')
    .option('--json', 'print JSON', false)
    .action((name: string, options: { model?: string; json: boolean }) => onAccounts((ask) => test(ask, name, options)))
  const acts = [
    ['refresh', 'renews the tokens of an account of type oauth'],
    ['clear-error', 'puts an account back to work: ends its error, its cooldowns and its breaker'],
    ['disable', 'takes an account out'],
    ['enable', 'takes it back in']
  ] as const
  for (const [act, description] of acts) {
    accounts
      .command(act)
      .description(description)
      .argument('<name>')
      .option('--json', 'print JSON', false)
      .action((name: string, { json }: { json: boolean }) =>
        onAccounts(async (ask) => {
          const { id } = await findAccount(ask, name)
          const account = (await ask('POST', `/accounts/${id}/${act}`)) as Account
          print(account, json, () => printAccounts([account]))
        })
      )
  }
  return accounts
}

function onAccounts(use: (ask: AskAdmin) => Promise<void>): Promise<void> {
  return withAdmin(readSettings(process.env), use)
}

function print<T>(value: T, asJson: boolean, printText: (value: T) => void): void {
  if (asJson) console.log(JSON.stringify(value, null, 2))
  else printText(value)
}

async function listAccounts(ask: AskAdmin): Promise<Account[]> {
  const accounts: Account[] = []
  let cursor: string | null = null
  do {
    const page = (await ask('GET', `/accounts?limit=1000${cursor === null ? '' : `&cursor=${cursor}`}`)) as {
      data: Account[]
      next_cursor: string | null
    }
    accounts.push(...page.data)
    cursor = page.next_cursor
  } while (cursor !== null)
  return accounts
}

async function findAccount(ask: AskAdmin, name: string): Promise<Account> {
  const accounts = await listAccounts(ask)
  const account = accounts.find((entry) => entry.name === name)
  if (account !== undefined) return account
  const names = accounts.map((entry) => entry.name).join(', ')
  throw new UsageError(
    `there is no account ${name}; there ${accounts.length === 1 ? 'is' : 'are'} ${names === '' ? 'none' : names}`
  )
}

function printAccounts(accounts: readonly Account[]): void {
  printTable(
    ['NAME', 'TYPE', 'STATUS', 'SLOTS', 'PRIORITY', 'GROUPS', 'NOTES'],
    accounts.map((account) => [
      account.name,
      account.type,
      account.schedulable ? account.status : `${account.status}, paused`,
      account.concurrency === 0 ? 'no limit' : String(account.concurrency),
      String(account.priority),
      account.groups.join(', '),
      notesOn(account).join('; ')
    ])
  )
}

function notesOn({ error, owner, cooldowns, windows }: Account): string[] {
  return [
    ...(error === null ? [] : [error]),
    ...(owner === null ? [] : [`sign-in of ${owner}`]),
    ...cooldowns.map(({ until, scope, reason }) => `cooling until ${until}${scope === null ? '' : ` for ${scope}`}: ${reason}`),
    ...windows
      .filter(({ utilization }) => utilization !== null)
      .map(({ name, utilization, resets_at: resetsAt }) => {
        const reset = resetsAt === null ? '' : ` until ${resetsAt}`
        return `${name} ${Math.round(utilization! * 100)} % used${reset}`
      })
  ]
}

async function add(ask: AskAdmin, name: string, options: AddOptions): Promise<void> {
  const known = await listAccounts(ask)
  if (known.some((account) => account.name === name)) throw new UsageError(`there is an account ${name} already`)
  const { type, owner, shared, proxy } = options
  const secret = type === 'api-key' ? await readSecret('API key: ') : null
  const account = {
    name,
    type,
    ...(secret === null ? {} : { credentials: { api_key: secret } }),
    ...(options.baseUrl === undefined ? {} : { base_url: options.baseUrl }),
    ...(options.group === undefined ? {} : { groups: options.group }),
    ...(options.concurrency === undefined ? {} : { concurrency: Number(options.concurrency) }),
    ...(options.priority === undefined ? {} : { priority: Number(options.priority) }),
    ...(owner === undefined ? {} : { owner }),
    ...(shared === undefined ? {} : { shared }),
    ...(proxy === undefined ? {} : { proxy })
  }
  const report = (await ask('POST', '/apply', { file: JSON.stringify({ accounts: [account] }) })) as { warnings: string[] }
  for (const warning of report.warnings) console.error(`warning: ${warning}`)
  const created = await findAccount(ask, name)
  print(created, options.json, () => printAccounts([created]))
  if (type !== 'api-key' && !options.json) console.log(`\n${NOTICE}\nSign in with: sluice accounts login ${name}`)
}

async function login(ask: AskAdmin, name: string): Promise<void> {
  const { id } = await findAccount(ask, name)
  const start = (await ask('POST', `/accounts/${id}/login`)) as { authorize_url: string; state: string; verifier: string }
  console.log(
    `${NOTICE}\n\nOpen this page, sign in as the account's owner, and copy the code that it shows:\n\n${start.authorize_url}\n`
  )
  const code = await readSecret('Code: ')
  if (code === '') throw new UsageError('no code was given: nothing has changed')
  const { state, verifier } = start
  await ask('POST', `/accounts/${id}/login/complete`, { code, state, verifier })
  console.log(`Account ${name} is signed in.`)
}

async function test(ask: AskAdmin, name: string, { model, json }: { model?: string; json: boolean }): Promise<void> {
  const { id } = await findAccount(ask, name)
  const result = (await ask('POST', `/accounts/${id}/test`, model === undefined ? {} : { model })) as TestResult
  print(result, json, ({ ok, duration_ms: durationMs, model: asked }) => {
    if (ok) console.log(`Account ${name} answers for ${asked} (${durationMs} ms).`)
  })
  if (!result.ok)
    throw new OperationError(`account ${name} does not serve ${result.model}: ${result.problem ?? 'no reason given'}`)
}

/** From standard input; at a terminal after a question, on stderr so that the output stays clean. */
async function readSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    return Buffer.concat(await process.stdin.toArray())
      .toString('utf8')
      .trim()
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}
