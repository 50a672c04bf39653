import { randomUUID } from 'node:crypto'
import { Option, type Command } from 'commander'
import { days, spanBetween, usdChange } from './option-values.ts'
import { saying } from './option-words.ts'
import { confirm } from './confirm.ts'
import { printResult } from './print-result.ts'
import { keys as keyDefinition } from '../services/resources/keys/definition.ts'
import { subscriptions as subscriptionDefinition } from '../services/resources/subscriptions/definition.ts'
import { users as userDefinition } from '../services/resources/users/definition.ts'
import { readNewSecret } from './read-secret.ts'
import { resourceCommand, rowsOf } from './resource-commands.ts'
import {
  actOnUser,
  command,
  commandGroup,
  findUser,
  onAdmin,
  onUser,
  printRow,
  YES,
  type Common,
  type AdminRow
} from './operated-rows.ts'

export function usersCommand(): Command {
  const users = resourceCommand(userDefinition, 'Shows and changes users')
  users.addCommand(
    saying(command('set-password', 'Sets the password that a user signs in with, and ends their sessions'), {
      password: 'the password'
    })
      .argument('<email>')
      .action(
        onUser(async (ask, path, email, { json }) => {
          const password = await readNewSecret('New password', 'password')
          await ask('POST', `${path}/password`, { password })
          printResult({ password_set: `user ${email}` }, json, () =>
            console.error(`${email} can now sign in with the new password.`)
          )
        })
      )
  )
  users.addCommand(
    command('sign-out', "Ends all sessions of a user, and their tools' sign-ins")
      .argument('<email>')
      .action(actOnUser('sign-out'))
  )
  users.addCommand(
    command('unlink', "Forgets a user's OpenID identity, so that the next sign-in with their address is linked to them")
      .argument('<email>')
      .action(actOnUser('unlink'))
  )
  return users
}

export function keysCommand(): Command {
  const { onOne, onOneConfirmed, doing, act } = rowsOf(keyDefinition)
  return resourceCommand(keyDefinition, 'Shows and changes client keys', { remove: false })
    .addCommand(
      saying(onOne('rotate', 'Makes a new secret, shown only once'), { overlap_s: '--overlap' })
        .addOption(
          new Option('--overlap <span>', 'how long the old secret still works: 10m, 2h30m, or a number of seconds')
            .argParser(spanBetween('0', '7d'))
            .default(0, '0')
        )
        .option(...YES)
        .action(
          doing<{ overlap: number }>(async (names, { json, yes = false, overlap }) => {
            await confirm(
              `The current secret of key ${names.join('/')} will stop working ${overlap === 0 ? 'at once' : 'after the overlap'}.`,
              yes
            )
            await act(names, 'rotate', { overlap_s: Math.ceil(overlap / 1000) }, json)
          })
        )
    )
    .addCommand(
      onOneConfirmed('revoke', 'Revokes a key for good', 'be revoked for good', (names, json) =>
        act(names, 'revoke', {}, json)
      ).alias('remove')
    )
}

export function subscriptionsCommand(): Command {
  const { onOne, onOneConfirmed, doing, act } = rowsOf(subscriptionDefinition)
  const subscriptions = resourceCommand(subscriptionDefinition, 'Shows and changes subscriptions', {
    change: false,
    remove: false
  })
  subscriptions.addCommand(
    onOne('extend', 'Extends a subscription')
      .alias('change')
      .requiredOption('--days <n>', 'by how much', days)
      .action(doing<{ days: number }>((names, { json, days }) => act(names, 'extend', { days }, json)))
  )
  const ends = [
    ['suspend', 'Suspends a subscription: it cannot be used until it is resumed, while its days pass', 'be suspended', []],
    ['revoke', 'Ends a subscription for good', 'be revoked for good', ['remove']]
  ] as const
  for (const [name, description, will, aliases] of ends) {
    subscriptions.addCommand(
      onOneConfirmed(name, description, will, (names, json) => act(names, name, {}, json)).aliases(aliases)
    )
  }
  return subscriptions.addCommand(
    onOne('resume', 'Resumes a suspended subscription').action(doing((names, { json }) => act(names, 'resume', {}, json)))
  )
}

export function balanceCommand(): Command {
  return commandGroup('balance', 'Changes balances').addCommand(
    saying(command('add', 'Adds an amount to a balance; a negative one, after --, is taken away'), {
      amount_usd: '<amount>',
      'idempotency-key': '--idempotency-key'
    })
      .argument('<email>')
      .argument('<amount>', 'in USD', usdChange)
      .option('--note <text>', 'why')
      .option('--idempotency-key <key>', 'entries with the same key are made only once')
      .option(...YES)
      .action((email: string, amount: string, options: Common & { note?: string; idempotencyKey?: string }) =>
        onAdmin(async (ask) => {
          const { json, yes = false, note, idempotencyKey = randomUUID() } = options
          const isTaken = amount.startsWith('-')
          const { id } = await findUser(ask, email)
          if (isTaken) await confirm(`${amount.slice(1)} USD will be taken from the balance of ${email}.`, yes)
          const kind = isTaken ? 'adjustment' : 'top-up'
          const body = { amount_usd: amount, kind, ...(note === undefined ? {} : { note }) }
          const headers = { 'idempotency-key': idempotencyKey }
          let isNew = false
          const entry = await ask(
            'POST',
            `/users/${id}/balance-adjustments`,
            body,
            headers,
            (status) => (isNew = status === 201)
          )
          printRow(entry as AdminRow, json)
          if (!isNew) console.error('This was already entered with that idempotency key: nothing was changed.')
        })
      )
  )
}
