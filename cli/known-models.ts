import { modelsOf, unknownModels } from '../services/resources/set-up/unknown-models.ts'
import type { AskAdmin } from './admin-client.ts'
import { listRows, type AdminRow } from './operated-rows.ts'

/** Warns of models that a row may use and that nothing else is known of: a name that is misspelt lets nobody ask for anything. */
export async function warnOfModels(ask: AskAdmin, allowed: unknown): Promise<void> {
  if (!Array.isArray(allowed)) return
  const { models } = (await ask('GET', '/prices')) as { models: AdminRow[] }
  const rows = [...(await listRows(ask, '/accounts')), ...(await listRows(ask, '/groups'))]
  const known = [...models.map(({ id }) => id), ...rows.flatMap(modelsOf)]
  for (const problem of unknownModels(allowed as string[], known)) console.error(`warning: ${problem}`)
}
