import { openCredentials, signInProblem } from '../../resources/accounts/credentials.ts'
import {
  canServe,
  servingOf,
  unservedOf,
  whyNoneServes,
  whyOut,
  type Listed,
  type Serving,
  type Unserved
} from '../../gateway/accounts/standings.ts'
import { isInForce } from '../../resources/accounts/cooldowns.ts'
import { listAccounts, type AccountRecord } from '../../resources/records/accounts.ts'
import { listUsedGroups } from '../../resources/records/used-groups.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { createSecretBox } from '../../platform/secrets.ts'
import { fine, wrong, type Finding } from './findings.ts'

interface ExamineAccountsOptions {
  secretKeys: readonly string[]
  /** Epoch milliseconds. */
  now: number
  /** What the next start makes some of where there are none; of a key only where there are no users either. */
  madeOf: 'file' | 'key' | null
}

/** Whether the accounts that are stored can serve, all groups that keys use as well, as far as the record tells. */
export async function examineAccounts(db: Queryable, options: ExamineAccountsOptions): Promise<Finding[]> {
  const records = await listAccounts(db)
  if (records.length === 0 && (await areMadeAtStart(db, options.madeOf))) return [madeAtStart()]
  const listed = records.map((record) => listedOf(record, options))
  const used = await listUsedGroups(db, options.now)
  return accountsFindings(listed, unservedOf(used, listed.map(servingOf)))
}

async function areMadeAtStart(db: Queryable, madeOf: ExamineAccountsOptions['madeOf']): Promise<boolean> {
  if (madeOf !== 'key') return madeOf === 'file'
  return (await db.query('select from users limit 1')).rows.length === 0
}

export const madeAtStart = () => fine('accounts', 'will be created at the next start')

function listedOf(record: AccountRecord, { secretKeys, now }: ExamineAccountsOptions): Listed {
  const problem = record.error ?? credentialProblem(record, secretKeys)
  const groups = record.groups.map((group) => group.name)
  return { ...record, groups, problem, cooldowns: record.cooldowns.filter(isInForce(now)) }
}

function credentialProblem({ name, type, credentials }: AccountRecord, secretKeys: readonly string[]): string | null {
  if (secretKeys.length === 0) return 'there is no key to open its secrets with'
  try {
    return signInProblem(name, openCredentials(createSecretBox(secretKeys), name, type, credentials))
  } catch (error) {
    return (error as Error).message
  }
}

/** What is to be said of accounts as they are stored, or as their server lists them, and of groups that they do not serve. */
export function accountsFindings(listed: readonly Listed[], unserved: readonly Unserved[]): Finding[] {
  const accounts = listed.map(servingOf)
  // Where none serves anybody, each group would only say it once more.
  return accounts.some(canServe) ? [accountsFinding(accounts), ...unserved.map(unservedFinding)] : [accountsFinding(accounts)]
}

function unservedFinding({ group, reason }: Unserved): Finding {
  const remedy = `see sluice accounts list; add an account to it, which keeps only the groups named: sluice accounts change NAME --group ${group} --group …`
  return wrong('groups', `no account can serve the keys of ${group}: ${reason}`, remedy)
}

function accountsFinding(accounts: readonly Serving[]): Finding {
  const reason = whyNoneServes(accounts)
  if (accounts.length === 0) {
    const remedy = 'add one with sluice accounts add, or declare one; ANTHROPIC_API_KEY makes one on a first start alone'
    return wrong('accounts', 'there are none: nothing can be served', remedy)
  }
  const inError = accounts.filter(({ state }) => state === 'error')
  const remedy = accounts.every((account) => canServe(account) || account.state === 'disabled')
    ? 'see sluice accounts list; sluice accounts enable NAME'
    : 'see sluice accounts list; sluice accounts test NAME; once the cause is gone: sluice accounts clear-error NAME'
  if (reason !== null) return wrong('accounts', `none can serve: ${reason}`, remedy)
  const message = `${accounts.filter(canServe).length} of ${accounts.length} can serve`
  return inError.length === 0
    ? fine('accounts', message)
    : wrong('accounts', `${message}; ${inError.map(whyOut).join('; ')}`, remedy)
}
