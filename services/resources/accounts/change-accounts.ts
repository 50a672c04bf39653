import { openCredentials } from './credentials.ts'
import { checkVersion, conflict, withOperatorLock, record, unknownId, type OperatorContext } from '../admin/operator-changes.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { removeCooldowns } from '../records/account-health.ts'
import { updateAccount } from '../records/accounts.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import { applyWithin } from '../set-up/apply.ts'
import { parseDeclarativeFile } from '../set-up/declarative-file.ts'
import type { Desired } from '../set-up/declarative-schema.ts'
import { declaredFields, type Values } from '../definition.ts'
import type { Field } from '../field.ts'
import type { Target } from '../operate.ts'
import { findId, findRow, type Row } from '../rows.ts'
import { accounts, type AccountRow, type DesiredAccount } from './definition.ts'
import { ProblemsError } from '../set-up/problems-error.ts'

/** Rejects with 400 for what the declarative file would refuse, 409 when there is an account of that name. */
export async function addAccount(context: OperatorContext, desired: DesiredAccount): Promise<Row> {
  return await withOperatorLock(context, async (db) => {
    if ((await findId(db, accounts, desired.name)) !== null) throw conflict(`account ${desired.name} already exists`)
    await applyOne(db, context, { accounts: [desired] })
    return await accountOf(db, (await findId(db, accounts, desired.name)) ?? '')
  })
}

/** Rejects with 400 for what the declarative file would refuse, 404 and 412. */
export async function changeAccount(context: OperatorContext, { id, ifMatch }: Target, changes: Values): Promise<Row> {
  return await withOperatorLock(context, async (db) => {
    const before = await accountOf(db, id)
    checkVersion(`account ${before.name}`, before.version, ifMatch)
    const known = { ...declaredForm(before), ...storedKey(before, context.secretBox) }
    const merged = Object.entries({ ...known, ...changes }).filter(([, value]) => value !== null)
    await applyOne(db, context, { accounts: [Object.fromEntries(merged) as unknown as DesiredAccount] })
    return await accountOf(db, id)
  })
}

async function accountOf(db: Queryable, id: string): Promise<Row & AccountRow> {
  const account = await findRow(db, accounts, id)
  if (account === null) throw unknownId('account', id)
  return account
}

/** A file gives an API key and its headers each time; of a sign-in what is stored stays. Nothing where it cannot be opened: then a new one must be given. */
function storedKey({ name, type, headers: sealed }: Row & AccountRow, secretBox: SecretBox): Values {
  if (type !== 'api-key') return {}
  try {
    const opened = openCredentials(secretBox, name, type, sealed as unknown as Buffer)
    return opened.type === 'api-key' ? { credentials: { api_key: opened.apiKey }, headers: opened.headers } : {}
  } catch {
    return {}
  }
}

/** As the declarative file would say it, without what is set while Sluice runs and what is secret. */
const declaredForm = (row: Row) =>
  Object.fromEntries(
    Object.entries(declaredFields(accounts)).flatMap(([name, { kept, type }]: [string, Field]) =>
      kept || type === 'secret' ? [] : [[name, row[name]]]
    )
  )

/** One way to describe these: what a file with this alone would do. */
async function applyOne(db: Queryable, context: OperatorContext, desired: Desired): Promise<void> {
  try {
    const checked = parseDeclarativeFile(JSON.stringify(desired), { fileName: 'file', variables: null })
    const { secretBox, clock, hosts, actor, origin } = context
    await applyWithin(db, checked, { secretBox, clock, hosts, audit: { actor, origin } })
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error
    throw new GatewayError(400, 'invalid_request_error', error.problems.map(inTermsOfTheBody).join('; '), { cause: error })
  }
}

/** A request names no file and no place in a list. */
const inTermsOfTheBody = (problem: string) =>
  problem
    .replace(/^file:\d+:\d+ /, '')
    .replace(/^accounts\[0\]\.?/, '')
    .replaceAll(', neither in the file nor in the database', '')

/** Takes an account out, or back in; an error goes with it. Rejects with 404. */
export async function setAccountStatus(context: OperatorContext, id: string, status: 'active' | 'disabled'): Promise<void> {
  await withOperatorLock(context, async (db) => {
    const before = await accountOf(db, id)
    await updateAccount(db, id, { status, ...(status === 'active' ? { error: null } : {}) })
    const action = status === 'active' ? 'account.enabled' : 'account.disabled'
    await record(db, context, action, `account ${before.name}`, { before: before.status, after: status })
  })
}

/** Ends an account's error and whatever it rests for. Rejects with 404. */
export async function clearAccount(context: OperatorContext, id: string): Promise<void> {
  await withOperatorLock(context, async (db) => {
    const before = await accountOf(db, id)
    await removeCooldowns(db, id)
    const status: string = before.status
    if (status === 'error') await updateAccount(db, id, { status: 'active', error: null })
    const detail = { before: status, error: before.error }
    await record(db, context, 'account.error_cleared', `account ${before.name}`, detail)
  })
}
