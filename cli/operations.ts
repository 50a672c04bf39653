import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { AskAdmin } from './admin-client.ts'
import { UsageError } from './failures.ts'
import { integer } from './option-values.ts'
import { confirm } from './confirm.ts'
import { printResult } from './print-result.ts'
import { users as userDefinition } from '../services/resources/users/definition.ts'
import { readSecret } from './read-secret.ts'
import { resourceCommand } from './resource-commands.ts'
import {
  command,
  commandGroup,
  findRow,
  findUser,
  listRows,
  onAdmin,
  printRow,
  printRows,
  YES,
  type Common,
  type Row
} from './operated-rows.ts'

const findKey = (ask: AskAdmin, email: string, name: string) =>
  findRow(ask, { kind: 'key', path: '/keys', filters: { user: email }, named: { name } })
const findSubscription = (ask: AskAdmin, user: string, group: string) =>
  findRow(ask, { kind: 'subscription', path: '/subscriptions', filters: { user, group }, named: { group } })

export function usersCommand(): Command {
  const users = resourceCommand(userDefinition, 'Shows and changes users')
  users.addCommand(
    command('set-password', 'Sets the password that a user signs in with, and ends their sessions')
      .argument('<email>')
      .action((email: string, { json }: Common) =>
        onAdmin(async (ask) => {
          const { id } = await findUser(ask, email)
          const password = await readSecret('New password')
          if (password === '') throw new UsageError('no password was given: type it, or give it on standard input')
          await ask('POST', `/users/${id}/password`, { password })
          printResult({ password_set: `user ${email}` }, json, () =>
            console.error(`${email} signs in with the new password from now on.`)
          )
        })
      )
  )
  users.addCommand(
    command('sign-out', 'Ends all sessions of a user')
      .argument('<email>')
      .action((email: string, { json }: Common) =>
        onAdmin(async (ask) => {
          const { id } = await findUser(ask, email)
          printRow((await ask('POST', `/users/${id}/sign-out`, {})) as Row, json)
        })
      )
  )
  users.addCommand(
    command('unlink', 'Has the next OpenID sign-in with the address of a user be theirs, whoever it was before')
      .argument('<email>')
      .action((email: string, { json }: Common) =>
        onAdmin(async (ask) => {
          const { id } = await findUser(ask, email)
          printRow((await ask('POST', `/users/${id}/unlink`)) as Row, json)
        })
      )
  )
  return users
}

export function keysCommand(): Command {
  const keys = commandGroup('keys', 'Shows and changes client keys')
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
      .alias('create')
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
  const change = (email: string, name: string, changes: object, json: boolean) =>
    onAdmin(async (ask) => {
      const { id } = await findKey(ask, email, name)
      printRow((await ask('PATCH', `/keys/${id}`, changes)) as Row, json)
    })
  keys.addCommand(
    command('change', 'Changes a key; what is not named stays')
      .argument('<email>')
      .argument('<name>')
      .option('--name <name>', 'its new name')
      .option('--group <group>', 'the group it uses')
      .option('--expires <time>', 'when it ends, or never')
      .action(async (email: string, name: string, options: Common & { name?: string; group?: string; expires?: string }) => {
        const { json, expires, ...fields } = options
        const changes = { ...fields, ...(expires && { expires_at: expires === 'never' ? null : expires }) }
        if (Object.keys(changes).length === 0)
          throw new UsageError('nothing to change was named: see sluice keys change --help')
        await change(email, name, changes, json)
      })
  )
  keys.addCommand(
    command('disable', 'Refuses a key from now on')
      .argument('<email>')
      .argument('<name>')
      .option(...YES)
      .action(async (email: string, name: string, { json, yes = false }: Common) => {
        await confirm(`Key ${email}/${name} will be refused.`, yes)
        await change(email, name, { status: 'disabled' }, json)
      })
  )
  keys.addCommand(
    command('enable', 'Lets a key back in')
      .argument('<email>')
      .argument('<name>')
      .action((email: string, name: string, { json }: Common) => change(email, name, { status: 'active' }, json))
  )
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
      .alias('remove')
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

export function subscriptionsCommand(): Command {
  const subscriptions = commandGroup('subscriptions', 'Shows and changes subscriptions')
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
      .alias('create')
      .requiredOption('--days <n>', 'for how long', integer)
      .action((user: string, group: string, { json, days }: Common & { days: number }) =>
        onAdmin(async (ask) => printRow((await ask('POST', '/subscriptions', { user, group, days })) as Row, json))
      )
  )
  subscriptions.addCommand(
    onOne('extend', 'Prolongs a subscription')
      .alias('change')
      .requiredOption('--days <n>', 'by how much', integer)
      .action((email: string, group: string, { json, days }: Common & { days: number }) =>
        changed(email, group, 'extend', { days }, json)
      )
  )
  const aliases = { suspend: [], revoke: ['remove'] }
  for (const act of ['suspend', 'revoke'] as const) {
    subscriptions.addCommand(
      onOne(act, act === 'suspend' ? 'Halts a subscription' : 'Ends a subscription')
        .aliases(aliases[act])
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
  return commandGroup('balance', 'Changes balances').addCommand(
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
