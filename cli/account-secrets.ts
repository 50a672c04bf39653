import { UsageError } from './failures.ts'
import { readSecrets } from './read-secret.ts'

/** Secrets in the terms of the admin API. */
export interface AccountSecrets {
  credentials?: { api_key: string }
  headers?: Record<string, string>
}

/** How they are given: one is asked for, the others' names are options. */
export const SECRETS_SAID = { 'credentials.api_key': 'the API key', headers: '--header' }

/** Asks for an account's key where that is wanted, and for the value of each header: on standard input a line each. */
export async function readAccountSecrets(wanted: { key: boolean; headers: readonly string[] }): Promise<AccountSecrets> {
  const { key, headers } = wanted
  if (headers.some((name) => /[:=\s]/.test(name)))
    throw new UsageError(
      '--header: a secret on the command line can be seen by others: give the name alone and enter the value when prompted'
    )
  const questions = [...(key ? ['API key'] : []), ...headers.map((name) => `value of header ${name}`)]
  if (questions.length === 0) return {}
  const answers = await readSecrets(questions)
  const missing = questions[answers.indexOf('')]
  if (missing !== undefined) throw new UsageError(`no ${missing} was given: type it, or pipe it to standard input`)
  const [apiKey = ''] = answers
  const values = answers.slice(key ? 1 : 0)
  return {
    ...(key ? { credentials: { api_key: apiKey } } : {}),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers.map((name, at) => [name, values[at] ?? ''])) })
  }
}
