import type { Command } from 'commander'
import { accounts } from '../services/resources/accounts/definition.ts'
import { pickFields } from '../services/resources/definition.ts'
import { readAccountSecrets, SECRETS_SAID } from './account-secrets.ts'
import { listAccounts, printAccounts, type Account } from './account-list.ts'
import type { AskAdmin } from './admin-client.ts'
import { UsageError } from './failures.ts'
import { warnOfModels } from './known-models.ts'
import { command, onAdmin, type Common } from './operated-rows.ts'
import { anotherOf } from './option-values.ts'
import { saying } from './option-words.ts'
import { printResult } from './print-result.ts'
import { givenFields } from './resource-commands.ts'
import { newBodyOf, withFields, type Given } from './resource-options.ts'

/** Whoever handles a sign-in is told. */
export const SIGN_IN_NOTICE =
  "This account is somebody's own sign-in. It serves its owner's keys only, unless it is set to be shared; Anthropic's terms\n" +
  "do not allow routing other people's requests through it."

/** Its secrets go by other ways than the options of rows, and a definition says the rest. */
const FIELDS = pickFields(givenFields(accounts).created, ({ type }) => type !== 'secret')

export function addAccountCommand(): Command {
  const add = command('add', 'Creates an account; prompts for its secret, or reads it from standard input')
    .alias('create')
    .argument('<name>')
  return saying(withFields(add, FIELDS, { isChange: false }), SECRETS_SAID)
    .option('--header <name>', 'a fixed header; its value is prompted for; may be repeated', anotherOf)
    .action((name: string, { json, header = [], ...given }: Common & Given & { header?: string[] }) =>
      onAdmin((ask) => addAccount(ask, name, { json, header, given }))
    )
}

async function addAccount(
  ask: AskAdmin,
  name: string,
  { json, header, given }: { json: boolean; header: string[]; given: Given }
): Promise<void> {
  const { type, ...fields } = newBodyOf(FIELDS, given)
  refusePassword(fields['proxy'])
  const known = await listAccounts(ask)
  if (known.some((account) => account.name === name)) throw new UsageError(`account ${name} already exists`)
  const secrets = await readAccountSecrets({ key: type === 'api-key', headers: header })
  const created = (await ask('POST', '/accounts', { name, type, ...secrets, ...fields })) as Account
  printResult(created, json, () => printAccounts([created]))
  await warnOfModels(ask, fields['allowed_models'])
  if (type !== 'api-key' && !json) console.log(`\n${SIGN_IN_NOTICE}\nSign in with: sluice accounts login ${name}`)
}

function refusePassword(proxy: unknown): void {
  if (typeof proxy !== 'string' || (URL.parse(proxy)?.password ?? '') === '') return
  throw new UsageError(
    '--proxy: a password on the command line can be seen by others: declare the proxy with sluice apply and use its name'
  )
}
