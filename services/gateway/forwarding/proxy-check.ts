import { request, type Dispatcher } from 'undici'
import type { Clock } from '../../platform/clock.ts'

/** Requests the head of a page without a credential; any answer means that the upstream was reached. Rejects when there is none. */
export async function reachThrough(
  dispatcher: Dispatcher,
  url: string,
  { timeoutMs, clock }: { timeoutMs: number; clock: Clock }
): Promise<{ status: number; durationMs: number; date: string | null }> {
  const startedAt = clock.uptime()
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    method: 'HEAD',
    signal: AbortSignal.timeout(timeoutMs)
  })
  await body.dump()
  const date = typeof headers['date'] === 'string' ? headers['date'] : null
  return { status: statusCode, date, durationMs: clock.uptime() - startedAt }
}
