import { repeatsBody } from '../accounts/echoed-text.ts'
import { reportOfRefusal, type UpstreamReport } from '../accounts/upstream-report.ts'
import type { AttemptResult } from './upstream-attempt.ts'

export interface CallContext {
  nowMs: number
  /** How long the call has taken, in ms. */
  tookMs: number
  /** A timeout that came sooner was the client's own, or what other accounts had left of the time; in ms. */
  shortestTimeoutMs: number
  /** The request's body as JSON; null when it is gone. */
  body: Buffer | null
  /** The headers that authenticated the call. */
  credential: Readonly<Record<string, string>>
}

/** What a call says of the account it was made to; null when it says nothing. Nothing of the request is in its reason. */
export function reportOfCall(result: AttemptResult, context: CallContext): UpstreamReport | null {
  if (result.kind === 'gone') return null
  if (result.kind === 'answered') return result.fault === null ? { kind: 'alive' } : { kind: 'failed', reason: result.fault }
  if (result.kind === 'refused')
    return withoutEcho(reportOfRefusal(result, context.nowMs, context.body), result.status, context)
  if (result.timedOut && context.tookMs < context.shortestTimeoutMs) return null
  return { kind: 'failed', reason: result.reason }
}

/** An upstream may quote the prompt, or the credential, in its error, which then must not be kept. */
function withoutEcho(report: UpstreamReport, status: number, { body, credential }: CallContext): UpstreamReport {
  if (!('reason' in report)) return report
  const quoted =
    body === null || [body, Buffer.from(JSON.stringify(credential))].some((text) => repeatsBody(report.reason, text))
  return quoted ? { ...report, reason: `status ${status}, in words that may repeat the request` } : report
}

/** What the log and the trace say of a call. */
export function detailOfCall(result: AttemptResult, report: UpstreamReport | null): string | null {
  if (report !== null && 'reason' in report) return report.reason
  return result.kind === 'broken' ? result.reason : null
}
