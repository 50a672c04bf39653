import { readAccountSecrets } from './account-secrets.ts'
import { listAccounts, printAccounts, type Account } from './account-list.ts'
import type { AskAdmin } from './admin-client.ts'
import { UsageError } from './failures.ts'
import { printResult } from './print-result.ts'

export interface AddOptions {
  type: string
  baseUrl?: string
  auth?: string
  accept?: string[]
  header?: string[]
  group?: string[]
  concurrency?: number
  priority?: number
  owner?: string
  shared?: true
  proxy?: string
  json: boolean
}

/** Whoever handles a sign-in is told. */
export const SIGN_IN_NOTICE =
  "This account is somebody's own sign-in. It serves its owner's keys only, unless it is set to be shared; Anthropic's terms\n" +
  "do not allow routing other people's requests through it."

export async function addAccount(ask: AskAdmin, name: string, options: AddOptions): Promise<void> {
  const { type, owner, shared, proxy } = options
  if (proxy !== undefined && (URL.parse(proxy)?.password ?? '') !== '') {
    throw new UsageError(
      '--proxy: others see a password in an argument: describe the proxy with sluice apply, and give its name'
    )
  }
  const known = await listAccounts(ask)
  if (known.some((account) => account.name === name)) throw new UsageError(`there is an account ${name} already`)
  const secrets = await readAccountSecrets({ key: type === 'api-key', headers: options.header ?? [] })
  const account = {
    name,
    type,
    ...secrets,
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    ...(options.accept === undefined ? {} : { accept: options.accept }),
    ...(options.baseUrl === undefined ? {} : { base_url: options.baseUrl }),
    ...(options.group === undefined ? {} : { groups: options.group }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(owner === undefined ? {} : { owner }),
    ...(shared === undefined ? {} : { shared }),
    ...(proxy === undefined ? {} : { proxy })
  }
  const created = await create(ask, account)
  printResult(created, options.json, () => printAccounts([created]))
  if (type !== 'api-key' && !options.json) console.log(`\n${SIGN_IN_NOTICE}\nSign in with: sluice accounts login ${name}`)
}

async function create(ask: AskAdmin, account: object): Promise<Account> {
  try {
    return (await ask('POST', '/accounts', account)) as Account
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(inTermsOfOptions(error.message), { cause: error })
    throw error
  }
}

/** The API names fields, and the caller has given options. */
function inTermsOfOptions(message: string): string {
  return message
    .replaceAll('; ', '\n')
    .replace(/^([a-z_.]+)(?:\[\d+\])?(?=[: ])/gm, (_, field: string) => optionOf(field))
    .replace(/^(--group: .*)$/gm, '$1: make it with sluice groups add, or name another with --group')
    .replace(/^headers\./gm, '--header ')
    .replaceAll('set shared: true', 'say --shared')
}

function optionOf(field: string): string {
  if (field === 'name') return 'the name'
  if (field === 'credentials.api_key') return 'the API key'
  return field === 'groups' ? '--group' : `--${field.replaceAll('_', '-')}`
}
