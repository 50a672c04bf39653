import { Command } from 'commander'
import { accounts as definition } from '../services/resources/accounts/definition.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { findAccount, listAccounts, printAccounts, type Account } from './account-list.ts'
import { addAccountCommand, SIGN_IN_NOTICE } from './add-account.ts'
import { withAdmin, type AskAdmin } from './admin-client.ts'
import { changeAccountCommand, removeAccountCommand } from './change-account.ts'
import { confirm } from './confirm.ts'
import { NegativeAnswer, OperationError, UsageError } from './failures.ts'
import { command, printRow, YES, type Common } from './operated-rows.ts'
import { printResult } from './print-result.ts'
import { readSecrets } from './read-secret.ts'
import { queriedBy, withSearch } from './resource-commands.ts'

interface TestResult {
  ok: boolean
  status: number | null
  duration_ms: number
  model: string
  problem: string | null
}

export function accountsCommand(): Command {
  const accounts = new Command('accounts').description('Shows and manages upstream accounts')
  const list = accounts
    .command('list')
    .description('Lists the accounts, with what keeps them from being used')
    .option('--json', 'print JSON', false)
  withSearch(list, definition).action(({ json, ...given }: Common & Record<string, string>) =>
    onAccounts(async (ask) => {
      const filters = queriedBy(given)
      const isSearched = 'q' in filters
      printResult(await listAccounts(ask, filters), json, (found) => printAccounts(found, { isSearched }))
    })
  )
  accounts
    .command('show')
    .description('Shows an account; not its secrets')
    .argument('<name>')
    .option('--json', 'print JSON', false)
    .action((name: string, { json }: { json: boolean }) =>
      onAccounts(async (ask) => printRow({ ...(await findAccount(ask, name)) }, json))
    )
  accounts.addCommand(addAccountCommand())
  accounts.addCommand(changeAccountCommand())
  accounts.addCommand(removeAccountCommand())
  accounts
    .command('login')
    .description("Signs in to an account of type oauth or setup-token, at Anthropic's page")
    .argument('<name>')
    .option('--json', 'print JSON; the link then goes to stderr', false)
    .action((name: string, options: { json: boolean }) => onAccounts((ask) => login(ask, name, options)))
  accounts
    .command('test')
    .description('Tests an account with a token count, which costs nothing')
    .argument('<name>')
    .option('--model <id>', 'the model to ask for')
    .option('--json', 'print JSON', false)
    .action((name: string, options: { model?: string; json: boolean }) => onAccounts((ask) => test(ask, name, options)))
  const acts = [
    ['refresh', 'Renews the tokens of an account of type oauth'],
    ['clear-error', 'Puts an account back to work: clears its error, its cooldowns and its breaker'],
    ['enable', 'Takes an account back into use, also one in error']
  ] as const
  accounts.addCommand(
    command('disable', 'Takes an account out of use: it serves nothing until it is enabled again')
      .argument('<name>')
      .option(...YES)
      .action(async (name: string, { json, yes = false }: Common) => {
        await confirm(`Account ${name} will be taken out of use.`, yes)
        await onAccounts(async (ask) => {
          const account = await perform(ask, name, 'disable')
          printResult(account, json, () => printAccounts([account]))
        })
      })
  )
  for (const [act, description] of acts) {
    accounts
      .command(act)
      .description(description)
      .argument('<name>')
      .option('--json', 'print JSON', false)
      .action((name: string, { json }: { json: boolean }) =>
        onAccounts(async (ask) => {
          const account = await (act === 'refresh' ? refresh(ask, name) : perform(ask, name, act))
          printResult(account, json, () => printAccounts([account]))
          warnOfRest(account)
        })
      )
  }
  return accounts
}

function onAccounts(use: (ask: AskAdmin) => Promise<void>): Promise<void> {
  return withAdmin(readSettings(process.env), use)
}

/** Says what keeps an account from being used, after it was put back to work. */
function warnOfRest({ name, status, schedulable }: Account): void {
  if (status === 'disabled') console.error(`warning: account ${name} stays disabled: sluice accounts enable ${name}`)
  else if (!schedulable)
    console.error(`warning: account ${name} stays paused: sluice accounts change ${name} --schedulable yes`)
}

async function perform(ask: AskAdmin, name: string, act: string): Promise<Account> {
  const { id } = await findAccount(ask, name)
  return (await ask('POST', `/accounts/${id}/${act}`)) as Account
}

async function refresh(ask: AskAdmin, name: string): Promise<Account> {
  const { type } = await findAccount(ask, name)
  if (type !== 'oauth') throw new UsageError(`account ${name} is of type ${type}: only oauth accounts can be refreshed`)
  return await failing(perform(ask, name, 'refresh'))
}

/** What was asked for is right, so that a refusal of it is a failure. */
async function failing<T>(response: Promise<T>): Promise<T> {
  try {
    return await response
  } catch (error) {
    if (error instanceof UsageError) throw new OperationError(error.message, { cause: error })
    throw error
  }
}

async function login(ask: AskAdmin, name: string, { json }: { json: boolean }): Promise<void> {
  const { id } = await findAccount(ask, name)
  const start = (await ask('POST', `/accounts/${id}/login`)) as { authorize_url: string; state: string; verifier: string }
  const tell = json ? console.error : console.log
  tell(
    `${SIGN_IN_NOTICE}\n\nOpen this page, sign in as the account's owner, and copy the code that it shows:\n\n${start.authorize_url}\n`
  )
  const [code = ''] = await readSecrets(['Code'])
  if (code === '') throw new UsageError('no code was given: nothing has changed')
  const { state, verifier } = start
  const account = (await failing(ask('POST', `/accounts/${id}/login/complete`, { code, state, verifier }))) as Account
  printResult(account, json, () => console.log(`Account ${name} is signed in.`))
}

async function test(ask: AskAdmin, name: string, { model, json }: { model?: string; json: boolean }): Promise<void> {
  const { id } = await findAccount(ask, name)
  const result = (await ask('POST', `/accounts/${id}/test`, model === undefined ? {} : { model })) as TestResult
  printResult(result, json, ({ ok, duration_ms: durationMs, model: asked }) => {
    if (ok) console.log(`Account ${name} answers for ${asked} (${durationMs} ms).`)
  })
  if (!result.ok)
    throw new NegativeAnswer(`a test of account ${name} with ${result.model} failed: ${result.problem ?? 'no reason given'}`)
}
