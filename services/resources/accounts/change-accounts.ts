import { openCredentials, type AccountCredentials } from './credentials.ts'
import {
  checkVersion,
  conflict,
  fieldRefused,
  withOperatorLock,
  record,
  unknownId,
  type OperatorContext
} from '../admin/operator-changes.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { removeCooldowns } from '../records/account-health.ts'
import { updateAccount, type AccountValues } from '../records/accounts.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { parseProxyUrl, type ProxyUrl } from '../../platform/network/proxy-url.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import type { ModelRules } from './model-mapping.ts'
import { applyWithin, type ApplyResult } from '../set-up/apply.ts'
import type { Plan } from '../set-up/apply-plan.ts'
import { parseDeclarativeFile } from '../set-up/declarative-file.ts'
import type { Desired } from '../set-up/declarative-schema.ts'
import { declaredFields, type Values } from '../definition.ts'
import type { Field } from '../field.ts'
import { listStored, type Target } from '../operate.ts'
import { proxies } from '../proxies/definition.ts'
import { findId, findRow, type Row } from '../rows.ts'
import { accounts, type AccountRow, type DesiredAccount } from './definition.ts'
import { ProblemsError } from '../set-up/problems-error.ts'

/** Rejects with 400 for what a declarative file would be refused for, 409 when there is an account of that name. */
export async function addAccount(context: OperatorContext, desired: DesiredAccount): Promise<Row> {
  return await withOperatorLock(context, async (db) => {
    await refuseKnown(db, desired)
    await applyOne(db, context, { accounts: [desired] })
    return await accountOf(db, (await findId(db, accounts, desired.name)) ?? '')
  })
}

/** An account that could be added. Its secrets are stored nowhere. */
export interface AddableAccount extends Pick<AccountValues, 'name' | 'type' | 'auth' | 'baseUrl'>, ModelRules {
  credentials: AccountCredentials
  proxy: ProxyUrl | null
}

/** What `addAccount` would add. Writes nothing, and rejects in the same cases. */
export async function accountToAdd(context: OperatorContext, desired: DesiredAccount): Promise<AddableAccount> {
  return await withOperatorLock(context, async (db) => {
    await refuseKnown(db, desired)
    const { plan } = await applyOne(db, context, { accounts: [desired] }, { dryRun: true })
    const step = plan.steps.find(({ kind }) => kind === 'account')
    if (step?.kind !== 'account' || step.state.credentials === null) throw new Error('a new account is not in its plan')
    const { credentials, ...state } = step.state
    const row = state as unknown as AccountRow
    return {
      name: row.name,
      type: row.type,
      auth: row.auth ?? 'x-api-key',
      baseUrl: row.base_url,
      modelMapping: row.model_mapping,
      allowedModels: row.allowed_models,
      acceptedModels: row.accept,
      credentials,
      proxy: row.proxy === null ? null : parseProxyUrl(await urlOfProxy(db, context, plan, row.proxy))
    }
  })
}

/** Of the proxy given with the account, else of a stored one. Rejects with 400 when that cannot be opened. */
async function urlOfProxy(db: Queryable, { secretBox }: OperatorContext, { steps }: Plan, name: string): Promise<string> {
  const given = steps.find((step) => step.kind === 'proxy' && step.name === name)
  const known = given === undefined ? await listStored(db, proxies, secretBox) : [given]
  const url = known.map(({ state }) => state as Values).find((state) => state['name'] === name)?.['url']
  if (typeof url === 'string') return url
  throw fieldRefused('proxy', `the URL of proxy ${name} cannot be opened`)
}

async function refuseKnown(db: Queryable, { name }: DesiredAccount): Promise<void> {
  if ((await findId(db, accounts, name)) !== null) throw conflict(`account ${name} already exists`)
}

/** Rejects with 400 for what a declarative file would be refused for, 404 and 412. */
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

/**
 * A file gives an API key and its headers each time; a sign-in stays as stored. Nothing when it cannot be opened: then a new one
 * must be given.
 */
function storedKey({ name, type, headers: sealed }: Row & AccountRow, secretBox: SecretBox): Values {
  if (type !== 'api-key') return {}
  try {
    const opened = openCredentials(secretBox, name, type, sealed as unknown as Buffer)
    return opened.type === 'api-key' ? { credentials: { api_key: opened.apiKey }, headers: opened.headers } : {}
  } catch {
    return {}
  }
}

/** In the terms of a declarative file, without runtime state and secrets. */
const declaredForm = (row: Row) =>
  Object.fromEntries(
    Object.entries(declaredFields(accounts)).flatMap(([name, { kept, type }]: [string, Field]) =>
      kept || type === 'secret' ? [] : [[name, row[name]]]
    )
  )

/** Described as what a file with only this account would do. */
async function applyOne(
  db: Queryable,
  context: OperatorContext,
  desired: Desired,
  { dryRun = false }: { dryRun?: boolean } = {}
): Promise<ApplyResult> {
  try {
    const checked = parseDeclarativeFile(JSON.stringify(desired), { fileName: 'file', variables: null })
    const { secretBox, clock, hosts, actor, origin } = context
    return await applyWithin(db, checked, { secretBox, clock, hosts, dryRun, audit: { actor, origin } })
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error
    throw new GatewayError(400, 'invalid_request_error', error.problems.map(inTermsOfTheBody).join('; '), { cause: error })
  }
}

/** A request has no file name and no position in a list. */
const inTermsOfTheBody = (problem: string) =>
  problem
    .replace(/^file:\d+:\d+ /, '')
    .replace(/^accounts\[0\]\.?/, '')
    .replaceAll(', neither in the file nor in the database', '')

/** Disables an account or enables it again, which clears its error. Rejects with 404. */
export async function setAccountStatus(context: OperatorContext, id: string, status: 'active' | 'disabled'): Promise<void> {
  await withOperatorLock(context, async (db) => {
    const before = await accountOf(db, id)
    await updateAccount(db, id, { status, ...(status === 'active' ? { error: null } : {}) })
    const action = status === 'active' ? 'account.enabled' : 'account.disabled'
    await record(db, context, action, `account ${before.name}`, { before: before.status, after: status })
  })
}

/** Ends an account's error and all its cooldowns. Rejects with 404. */
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
