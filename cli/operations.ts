import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import type { AskAdmin } from './admin-client.ts'
import { integer } from './option-values.ts'
import { command, confirm, findRow, listRows, onAdmin, printRow, printRows, type Row } from './operated-rows.ts'

interface Common {
  json: boolean
  yes?: boolean
}

const findUser = (ask: AskAdmin, email: string) => findRow(ask, '/users', {}, { email: email.toLowerCase() })
const findKey = (ask: AskAdmin, email: string, name: string) => findRow(ask, '/keys', { user: email }, { name })
const findGroup = (ask: AskAdmin, name: string) => findRow(ask, '/groups', {}, { name })
const findSubscription = (ask: AskAdmin, user: string, group: string) =>
  findRow(ask, '/subscriptions', { user, group }, { group })

const YES = ['--yes', 'do not ask'] as const

export function usersCommand(): Command {
  const users = new Command('users').description('Shows and changes users')
  const columns = ['email', 'role', 'status', 'concurrency', 'balance_usd']
  users.addCommand(
    command('list', 'Lists the users').action(({ json }: Common) =>
      onAdmin(async (ask) => printRows(await listRows(ask, '/users'), columns, json))
    )
  )
  users.addCommand(
    command('show', 'Shows a user')
      .argument('<email>')
      .action((email: string, { json }: Common) => onAdmin(async (ask) => printRow(await findUser(ask, email), json)))
  )
  users.addCommand(
    command('add', 'Creates a user')
      .argument('<email>')
      .option('--role <role>', 'user or admin')
      .option('--concurrency <n>', 'requests in flight at most; 0 = no limit (default: 5)', integer)
      .option('--balance <usd>', 'opening balance')
      .action((email: string, { json, balance, ...fields }: Common & { balance?: string }) =>
        onAdmin(async (ask) => {
          const body = { email, ...fields, ...(balance === undefined ? {} : { balance_usd: balance }) }
          printRow((await ask('POST', '/users', body)) as Row, json)
        })
      )
  )
  const change = (email: string, changes: object, json: boolean) =>
    onAdmin(async (ask) => printRow((await ask('PATCH', `/users/${(await findUser(ask, email)).id}`, changes)) as Row, json))
  users.addCommand(
    command('change', 'Changes a user')
      .argument('<email>')
      .option('--role <role>', 'user or admin')
      .option('--concurrency <n>', 'requests in flight at most; 0 = no limit', integer)
      .action((email: string, { json, ...changes }: Common) => change(email, changes, json))
  )
  users.addCommand(
    command('disable', 'Refuses a user from now on')
      .argument('<email>')
      .option(...YES)
      .action(async (email: string, { json, yes = false }: Common) => {
        await confirm(`User ${email} will be refused.`, yes)
        await change(email, { status: 'disabled' }, json)
      })
  )
  users.addCommand(
    command('enable', 'Lets a user back in')
      .argument('<email>')
      .action((email: string, { json }: Common) => change(email, { status: 'active' }, json))
  )
  return users
}

export function keysCommand(): Command {
  const keys = new Command('keys').description('Shows and changes client keys')
  const columns = ['user_email', 'name', 'group', 'prefix', 'status', 'expires_at']
  keys.addCommand(
    command('list', 'Lists the keys')
      .option('--user <email>', 'of that user')
      .action(({ json, user }: Common & { user?: string }) =>
        onAdmin(async (ask) => printRows(await listRows(ask, '/keys', user === undefined ? {} : { user }), columns, json))
      )
  )
  keys.addCommand(
    command('add', 'Creates a key, and shows it this once')
      .argument('<email>')
      .argument('<name>')
      .option('--group <group>', 'the group it uses (default: default)')
      .option('--expires <time>', 'when it ends (default: never)')
      .action((user: string, name: string, { json, group, expires }: Common & { group?: string; expires?: string }) =>
        onAdmin(async (ask) => {
          const body = { user, name, ...(group && { group }), ...(expires && { expires_at: expires }) }
          printRow((await ask('POST', '/keys', body)) as Row, json)
        })
      )
  )
  const act = (email: string, name: string, path: string, body: object, json: boolean) =>
    onAdmin(async (ask) => {
      const { id } = await findKey(ask, email, name)
      printRow((await ask('POST', `/keys/${id}/${path}`, body)) as Row, json)
    })
  keys.addCommand(
    command('show', 'Shows what is known of a key; not its secret')
      .argument('<email>')
      .argument('<name>')
      .action((email: string, name: string, { json }: Common) =>
        onAdmin(async (ask) => printRow(await findKey(ask, email, name), json))
      )
  )
  keys.addCommand(
    command('rotate', 'Makes a new secret, and shows it this once')
      .argument('<email>')
      .argument('<name>')
      .option('--overlap <seconds>', 'how long the old secret still works', integer, 0)
      .option(...YES)
      .action(async (email: string, name: string, { json, yes = false, overlap }: Common & { overlap: number }) => {
        await confirm(`The secret of key ${email}/${name} will end.`, yes)
        await act(email, name, 'rotate', { overlap_s: overlap }, json)
      })
  )
  keys.addCommand(
    command('revoke', 'Ends a key for good')
      .argument('<email>')
      .argument('<name>')
      .option(...YES)
      .action(async (email: string, name: string, { json, yes = false }: Common) => {
        await confirm(`Key ${email}/${name} will end for good.`, yes)
        await act(email, name, 'revoke', {}, json)
      })
  )
  return keys
}

export function groupsCommand(): Command {
  const groups = new Command('groups').description('Shows groups; sluice apply makes and changes them')
  const columns = ['name', 'kind', 'status', 'rate_multiplier', 'daily_limit_usd', 'weekly_limit_usd', 'monthly_limit_usd']
  groups.addCommand(
    command('list', 'Lists the groups').action(({ json }: Common) =>
      onAdmin(async (ask) => printRows(await listRows(ask, '/groups'), columns, json))
    )
  )
  groups.addCommand(
    command('show', 'Shows a group')
      .argument('<name>')
      .action((name: string, { json }: Common) => onAdmin(async (ask) => printRow(await findGroup(ask, name), json)))
  )
  return groups
}

export function subscriptionsCommand(): Command {
  const subscriptions = new Command('subscriptions').description('Shows and changes subscriptions')
  const columns = ['user_email', 'group', 'status', 'starts_at', 'expires_at']
  const changed = (email: string, group: string, act: string, body: object, json: boolean) =>
    onAdmin(async (ask) => {
      const { id } = await findSubscription(ask, email, group)
      printRow((await ask('POST', `/subscriptions/${id}/${act}`, body)) as Row, json)
    })
  const onOne = (name: string, description: string) => command(name, description).argument('<email>').argument('<group>')
  subscriptions.addCommand(
    command('list', 'Lists the subscriptions').action(({ json }: Common) =>
      onAdmin(async (ask) => printRows(await listRows(ask, '/subscriptions'), columns, json))
    )
  )
  subscriptions.addCommand(
    onOne('show', 'Shows a subscription').action((email: string, group: string, { json }: Common) =>
      onAdmin(async (ask) => printRow(await findSubscription(ask, email, group), json))
    )
  )
  subscriptions.addCommand(
    onOne('add', 'Subscribes a user to a group')
      .requiredOption('--days <n>', 'for how long', integer)
      .action((user: string, group: string, { json, days }: Common & { days: number }) =>
        onAdmin(async (ask) => printRow((await ask('POST', '/subscriptions', { user, group, days })) as Row, json))
      )
  )
  subscriptions.addCommand(
    onOne('extend', 'Prolongs a subscription')
      .requiredOption('--days <n>', 'by how much', integer)
      .action((email: string, group: string, { json, days }: Common & { days: number }) =>
        changed(email, group, 'extend', { days }, json)
      )
  )
  for (const act of ['suspend', 'revoke'] as const) {
    subscriptions.addCommand(
      onOne(act, act === 'suspend' ? 'Halts a subscription' : 'Ends a subscription')
        .option(...YES)
        .action(async (email: string, group: string, { json, yes = false }: Common) => {
          await confirm(`Subscription ${email}/${group} will stop serving.`, yes)
          await changed(email, group, act, {}, json)
        })
    )
  }
  subscriptions.addCommand(
    onOne('resume', 'Takes a suspended subscription up again').action((email: string, group: string, { json }: Common) =>
      changed(email, group, 'resume', {}, json)
    )
  )
  return subscriptions
}

export function balanceCommand(): Command {
  return new Command('balance').description('Changes balances').addCommand(
    command('add', 'Adds an amount to a balance; one below 0, after --, takes away')
      .argument('<email>')
      .argument('<amount>', 'in USD')
      .option('--note <text>', 'why')
      .option('--idempotency-key <key>', 'repeated with the same key, it is entered once')
      .action((email: string, amount: string, options: Common & { note?: string; idempotencyKey?: string }) =>
        onAdmin(async (ask) => {
          const { json, note, idempotencyKey = randomUUID() } = options
          const { id } = await findUser(ask, email)
          const kind = amount.startsWith('-') ? 'adjustment' : 'top-up'
          const body = { amount_usd: amount, kind, ...(note === undefined ? {} : { note }) }
          const headers = { 'idempotency-key': idempotencyKey }
          printRow((await ask('POST', `/users/${id}/balance-adjustments`, body, headers)) as Row, json)
        })
      )
  )
}
