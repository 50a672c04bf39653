import { Option, type Command } from 'commander'
import { readAccountSecrets } from './account-secrets.ts'
import { findAccount, printAccounts, type Account } from './account-list.ts'
import { confirm } from './confirm.ts'
import { UsageError } from './failures.ts'
import { command, onAdmin, remove, YES, type Common } from './operated-rows.ts'
import { anotherOf, integer, modelList } from './option-values.ts'
import { printResult } from './print-result.ts'

interface Changes {
  auth?: 'x-api-key' | 'bearer'
  accept?: string
  header?: string[]
  baseUrl?: string
  group?: string[]
  concurrency?: number
  priority?: number
  models?: string
  proxy?: string
  schedulable?: 'yes' | 'no'
  newKey?: true
}

export function changeAccountCommand(): Command {
  return command('change', 'Changes an account; what is not named stays')
    .argument('<name>')
    .option('--base-url <url>', 'the upstream, without /v1; or default')
    .addOption(new Option('--auth <kind>', 'how the upstream wants its API key').choices(['x-api-key', 'bearer']))
    .option('--accept <models>', "models with names other than Claude's that it serves, with commas between them; or none")
    .option(
      '--header <name>',
      'a fixed header, whose value is asked for; may be repeated, in the place of all it has; or none',
      anotherOf
    )
    .option('--group <name>', 'a group it serves, in the place of those it does; may be repeated', anotherOf)
    .option('--concurrency <n>', 'requests in flight at most; 0 = no limit', integer)
    .option('--priority <n>', 'smaller goes first', integer)
    .option('--models <models>', 'the models it may be asked for, with commas between them; or all')
    .option('--proxy <name>', 'the way to the upstream: a proxy, or none')
    .addOption(new Option('--schedulable <answer>', 'whether it is used at all').choices(['yes', 'no']))
    .option('--new-key', 'give it another API key, which is asked for, or read from standard input')
    .action(async (name: string, { json, ...options }: Common & Changes) => {
      const changes = await bodyOf(options)
      if (Object.keys(changes).length === 0)
        throw new UsageError('nothing to change was named: see sluice accounts change --help')
      await onAdmin(async (ask) => {
        const { id } = await findAccount(ask, name)
        const account = (await ask('PATCH', `/accounts/${id}`, changes)) as Account
        printResult(account, json, () => printAccounts([account]))
      })
    })
}

/** In the terms of the admin API; null takes away. */
async function bodyOf({
  auth,
  accept,
  header = [],
  baseUrl,
  group,
  concurrency,
  priority,
  models,
  proxy,
  schedulable,
  newKey
}: Changes): Promise<object> {
  const isBare = header.includes('none')
  const secrets = await readAccountSecrets({ key: newKey === true, headers: isBare ? [] : header })
  const body = {
    ...secrets,
    headers: isBare ? null : secrets.headers,
    base_url: baseUrl === 'default' ? null : baseUrl,
    auth,
    accept: accept === 'none' ? null : accept === undefined ? undefined : modelList(accept),
    groups: group,
    concurrency,
    priority,
    allowed_models: models === 'all' ? null : models === undefined ? undefined : modelList(models),
    proxy: proxy === 'none' ? null : proxy,
    schedulable: schedulable === undefined ? undefined : schedulable === 'yes'
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

export function removeAccountCommand(): Command {
  return command('remove', 'Removes an account for good; what it served stays on record')
    .argument('<name>')
    .option(...YES)
    .action(async (name: string, { json, yes = false }: Common) => {
      await confirm(`Account ${name} and its credentials will be removed.`, yes)
      await onAdmin(async (ask) => remove(ask, `/accounts/${(await findAccount(ask, name)).id}`, `account ${name}`, json))
    })
}
