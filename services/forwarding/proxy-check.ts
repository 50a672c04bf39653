import { request, type Dispatcher } from 'undici'

/** Asks for the head of a page without a credential; whatever answers has been reached. Rejects when nothing does. */
export async function reachThrough(
  dispatcher: Dispatcher,
  url: string,
  { timeoutMs, now }: { timeoutMs: number; now: () => number }
): Promise<{ status: number; durationMs: number }> {
  const startedAt = now()
  const { statusCode, body } = await request(url, { dispatcher, method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) })
  await body.dump()
  return { status: statusCode, durationMs: now() - startedAt }
}
