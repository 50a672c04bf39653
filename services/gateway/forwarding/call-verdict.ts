import type { CredentialUnavailableError } from '../accounts/credential-keeper.ts'
import { repeatsBody } from '../accounts/echoed-text.ts'
import { verdict, verdictOfRefusal, type JudgedRequest, type Verdict } from '../accounts/verdicts.ts'
import { withoutCredential } from './quoted-credential.ts'
import type { AttemptResult } from './upstream-attempt.ts'

interface CallContext extends JudgedRequest {
  nowMs: number
  /** How long the call has taken, in ms. */
  tookMs: number
  /** A shorter timeout was the client's own, or the time that other accounts had left; in ms. */
  shortestTimeoutMs: number
  /** The headers that authenticated the call. */
  credential: Readonly<Record<string, string>>
  /** Why there was no credential to send; null when the request was sent. */
  lacking: CredentialUnavailableError | null
}

/** What the end of a call means; null when it was answered, or nobody waited for it. Its reason contains nothing of the request. */
export function verdictOfCall(result: AttemptResult, context: CallContext): Verdict | null {
  if (result.kind === 'gone') return null
  if (result.kind === 'refused') return onRefusal(result, context)
  if (result.kind === 'broken') return onBroken(result, context)
  if (result.errorEvent !== null) return onRefusal({ ...result.errorEvent, headers: {} }, context)
  return result.fault === null ? null : verdict('broken answer', result.fault)
}

/** The verdict on an account without a usable credential; `reason` when more is known. */
export function lackOfCredential({ kind, message }: CredentialUnavailableError, reason = message): Verdict {
  return kind === 'ended' ? verdict('sign-in ended', message) : verdict('no credential', reason)
}

function onBroken(result: Extract<AttemptResult, { kind: 'broken' }>, context: CallContext): Verdict {
  const { reason, stage, timedOut } = result
  if (context.lacking !== null) return lackOfCredential(context.lacking)
  if (timedOut) return verdict(context.tookMs < context.shortestTimeoutMs ? 'own patience' : 'no answer in time', reason)
  if (stage === 'connecting') return verdict('unreachable', reason)
  return verdict(stage === 'waiting' ? 'no answer' : 'broken answer', reason)
}

/** An upstream may quote the prompt or the credential in its error; that must not be stored. */
function onRefusal(refusal: Parameters<typeof verdictOfRefusal>[0], context: CallContext): Verdict {
  const { body, credential, nowMs } = context
  const found = verdictOfRefusal({ ...refusal, ...withoutCredential(refusal, credential) }, context, nowMs)
  const quoted =
    body === null ||
    body === 'compressed' ||
    [body, [Buffer.from(JSON.stringify(credential))]].some((text) => repeatsBody(found.reason, text))
  return quoted ? { ...found, reason: `status ${refusal.status}, in words that may repeat the request` } : found
}
