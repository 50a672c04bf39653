import type { Command } from 'commander'
import { accounts } from '../services/resources/accounts/definition.ts'
import { pickFields, type Values } from '../services/resources/definition.ts'
import { readAccountSecrets, SECRETS_SAID } from './account-secrets.ts'
import { findAccount, printAccounts, type Account } from './account-list.ts'
import { confirm } from './confirm.ts'
import { UsageError } from './failures.ts'
import { warnOfModels } from './known-models.ts'
import { command, onAdmin, remove, YES, type Common } from './operated-rows.ts'
import { anotherOf } from './option-values.ts'
import { saying } from './option-words.ts'
import { printResult } from './print-result.ts'
import { givenFields } from './resource-commands.ts'
import { bodyOf, withFields, type Given } from './resource-options.ts'

const FIELDS = pickFields(givenFields(accounts).changed, ({ type }) => type !== 'secret')

interface Secrets {
  header?: string[]
  newKey?: boolean
}

export function changeAccountCommand(): Command {
  const change = command('change', 'Changes an account; other fields stay as they are').argument('<name>')
  return saying(withFields(change, FIELDS, { isChange: true }), SECRETS_SAID)
    .option(
      '--header <name>',
      'a fixed header; its value is prompted for; may be repeated; replaces all current ones; or none',
      anotherOf
    )
    .option('--new-key', 'replace the API key; prompted for, or read from standard input')
    .action(async (name: string, { json, header = [], newKey = false, ...given }: Common & Given & Secrets) => {
      const isBare = header.includes('none')
      const secrets = await readAccountSecrets({ key: newKey, headers: isBare ? [] : header })
      const changes: Values = { ...bodyOf(FIELDS, given), ...secrets, ...(isBare ? { headers: null } : {}) }
      if (Object.keys(changes).length === 0) throw new UsageError('name what to change: see sluice accounts change --help')
      await onAdmin(async (ask) => {
        const { id } = await findAccount(ask, name)
        const account = (await ask('PATCH', `/accounts/${id}`, changes)) as Account
        printResult(account, json, () => printAccounts([account]))
        await warnOfModels(ask, changes['allowed_models'])
      })
    })
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
