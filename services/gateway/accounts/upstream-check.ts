import { request, type Dispatcher } from 'undici'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../platform/clock.ts'
import { upstreamHeaders } from '../forwarding/forwarded-headers.ts'
import { withoutCredential } from '../forwarding/quoted-credential.ts'
import { wordsOf } from '../../platform/error-words.ts'
import { readAtMost } from '../../platform/read-at-most.ts'
import type { UpstreamAccount } from './account-directory.ts'
import { describeUpstreamError, readUpstreamError } from './upstream-error.ts'

/** The result of a free check of an upstream. */
export interface UpstreamCheck {
  isOk: boolean
  /** Null when no response came. */
  status: number | null
  durationMs: number
  /** The problem, for the operator; null when there is none. */
  problem: string | null
  headers: IncomingHttpHeaders | null
}

interface UpstreamQuestion {
  dispatcher: Dispatcher
  origin: string
  basePath: string
  /** In undici's flat format, with the credential. */
  headers: string[]
  /** Secret, but the response may quote it. */
  credential: Readonly<Record<string, string>>
  model: string
  timeoutMs: number
  /** Gives up. */
  signal?: AbortSignal | undefined
  clock: Clock
}

const MAX_RESPONSE_BYTES = 65_536

/** Asks the upstream to count the tokens of one word: this needs a valid credential and the model, and costs nothing. */
export async function checkUpstream(question: UpstreamQuestion): Promise<UpstreamCheck> {
  const { dispatcher, origin, basePath, model, timeoutMs, clock } = question
  const startedAt = clock.uptime()
  const tookMs = () => clock.uptime() - startedAt
  try {
    const { statusCode, headers, body } = await request(`${origin}${basePath}/v1/messages/count_tokens`, {
      dispatcher,
      method: 'POST',
      headers: question.headers,
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(question.signal === undefined ? [] : [question.signal])])
    })
    // One that is too long is as little the API's as an empty one.
    const response = (await readAtMost(body, MAX_RESPONSE_BYTES)) ?? Buffer.alloc(0)
    const durationMs = tookMs()
    const isOk = statusCode === 200 && isCount(response)
    if (isOk) return { isOk, status: statusCode, durationMs, problem: null, headers }
    const problem =
      statusCode === 200
        ? 'status 200, no count of tokens'
        : describeUpstreamError(
            readUpstreamError({ status: statusCode, ...withoutCredential({ headers, body: response }, question.credential) })
          )
    return { isOk, status: statusCode, durationMs, problem, headers }
  } catch (error) {
    const problem = wordsOf(error)
    return { isOk: false, status: null, durationMs: tookMs(), problem, headers: null }
  }
}

/** The model used for checks unless another is given. */
export const CHEAPEST_MODEL = 'claude-haiku-4-5'

/** The same for an account, with a credential that need not be its own. */
export function askAccount(
  { type, origin, basePath }: Pick<UpstreamAccount, 'type' | 'origin' | 'basePath'>,
  credential: Record<string, string>,
  asked: Pick<UpstreamQuestion, 'dispatcher' | 'model' | 'timeoutMs' | 'clock' | 'signal'>
): Promise<UpstreamCheck> {
  const oauth = type !== 'api-key'
  const headers = upstreamHeaders({ 'content-type': 'application/json' }, credential, { keepContentEncoding: false, oauth })
  return checkUpstream({ ...asked, origin, basePath, headers, credential })
}

function isCount(response: Buffer): boolean {
  try {
    const { input_tokens: tokens } = JSON.parse(response.toString()) as { input_tokens?: unknown }
    return Number.isInteger(tokens)
  } catch {
    return false
  }
}
