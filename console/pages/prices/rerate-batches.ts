import { api, type RequestOf, type ResponseOf } from '../../api/client.ts'
import { addUsd } from '../../parts/amounts.ts'

export type RerateFilters = Omit<RequestOf<'post', '/admin/v1/rerate'>, 'cursor' | 'dry_run' | 'unknown_only'> & {
  unknown_only: boolean
}

type Batch = ResponseOf<'post', '/admin/v1/rerate'>
export type Rerated = Pick<Batch, 'checked' | 'changed' | 'users'>

/**
 * Re-rates batch after batch. What was done before a failure stays done, and to run it again changes nothing twice.
 *
 * @param onProgress told how many events have been looked at
 */
export async function rerate(
  filters: RerateFilters,
  isDryRun: boolean,
  onProgress: (checked: number) => void
): Promise<Rerated> {
  const sums = new Map<string, Rerated['users'][number]>()
  let [checked, changed, cursor]: [number, number, string | null] = [0, 0, null]
  onProgress(0)
  do {
    const body = { ...filters, dry_run: isDryRun, ...(cursor === null ? {} : { cursor }) }
    const batch: Batch = (await api.POST('/admin/v1/rerate', { body })).data!
    checked += batch.checked
    changed += batch.changed
    for (const sum of batch.users) {
      const before = sums.get(sum.user_email)
      sums.set(sum.user_email, {
        user_email: sum.user_email,
        cost_delta_usd: addUsd(before?.cost_delta_usd ?? '0', sum.cost_delta_usd),
        charged_delta_usd: addUsd(before?.charged_delta_usd ?? '0', sum.charged_delta_usd)
      })
    }
    onProgress(checked)
    cursor = batch.next_cursor
  } while (cursor !== null)
  return { checked, changed, users: [...sums.values()] }
}
