import {
  checkVersion,
  conflict,
  fieldRefused,
  NOT_THERE,
  withOperatorLock,
  record,
  type OperatorContext
} from '../admin/operator-changes.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { meantInstead } from '../set-up/nearest-name.ts'
import { changeableNames, isChangeable, runtimeProblem } from '../set-up/runtime-settings.ts'
import { putResource, type Target } from '../operate.ts'
import { assignmentsOf, deleteRow, findRow } from '../rows.ts'
import { settings } from './definition.ts'

export const unknownSetting = (name: string, settingNames: readonly string[]) =>
  new GatewayError(404, 'not_found_error', `there is no setting ${name}${meantInstead(name, settingNames)}`)

/** Throws 404 for an unknown name, 409 for a setting that cannot change before the next start. */
export function refuseUnchangeable(name: string, settingNames: readonly string[]): void {
  if (isChangeable(name)) return
  if (!settingNames.includes(name)) throw unknownSetting(name, settingNames)
  throw conflict(
    `${name} is read at startup: set it in the environment and restart. These can be changed while Sluice runs: ${changeableNames.join(', ')}`
  )
}

/** Rejects with 400 and 412. */
export async function changeSetting(context: OperatorContext, target: Target, value: string): Promise<void> {
  const { id: name } = target
  const problem = isChangeable(name) ? runtimeProblem(name, value) : null
  if (problem !== null) throw fieldRefused('value', `${name} ${problem}`)
  await putResource(context, settings, target, {
    action: 'changed',
    reported: 'value',
    assign: async (_db, before) => (before?.['value'] === value ? [] : assignmentsOf(settings, { name, value }))
  })
}

/** Restores the environment's value, unless it already applies. Rejects with 412. */
export async function unsetSetting(context: OperatorContext, { id: name, ifMatch }: Target): Promise<void> {
  await withOperatorLock(context, async (db) => {
    const before = await findRow(db, settings, name)
    checkVersion(`setting ${name}`, before?.version ?? NOT_THERE, ifMatch)
    if (before === null) return
    await deleteRow(db, settings, name)
    await record(db, context, 'setting.unset', `setting ${name}`, { before: before.value, after: null })
  })
}
