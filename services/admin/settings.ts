import { GatewayError } from '../gateway-errors.ts'
import { findStoredSetting, forgetSetting, storeSetting } from '../records/runtime-settings.ts'
import { changeableNames, isChangeable, runtimeProblem, type ChangeableName } from '../set-up/runtime-settings.ts'
import { checkVersion, conflict, fieldRefused, inOperatorsTurn, record, type OperatorContext } from './operator-changes.ts'

/** Throws 404 for a name that is none, 409 for a setting that holds until the next start. */
export function changeable(name: string, isSetting: (name: string) => boolean): ChangeableName {
  if (isChangeable(name)) return name
  if (!isSetting(name)) throw new GatewayError(404, 'not_found_error', `there is no setting ${name}`)
  throw conflict(
    `${name} is read at the start: set it in the environment. While it runs can be changed: ${changeableNames.join(', ')}`
  )
}

export interface SettingChange {
  name: ChangeableName
  /** Null has the environment's count again. */
  value: string | null
  ifMatch: string | undefined
}

/** Rejects with 400 and 412. */
export async function changeSetting(context: OperatorContext, { name, value, ifMatch }: SettingChange): Promise<void> {
  const problem = value === null ? null : runtimeProblem(name, value)
  if (problem !== null) throw fieldRefused('value', `${name} ${problem}`)
  await inOperatorsTurn(context, async (db) => {
    const before = await findStoredSetting(db, name)
    if (before !== null) checkVersion(`setting ${name}`, before.version, ifMatch)
    if ((before?.value ?? null) === value) return
    if (value === null) await forgetSetting(db, name)
    else await storeSetting(db, name, value)
    const detail = { before: before?.value ?? null, after: value }
    await record(db, context, value === null ? 'setting.unset' : 'setting.changed', `setting ${name}`, detail)
  })
}
