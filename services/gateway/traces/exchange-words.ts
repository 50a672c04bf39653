/** What an exchange's record says, in words: the same on the command line and in the console. */

/** Why an account was chosen. */
export const AFFINITY_WORDS = {
  none: 'no session to keep together',
  new: 'its session is bound to it now',
  kept: 'its session is bound to it',
  moved: 'its session moved here',
  spilled: "for this request only, its session's account is busy"
}

/** How a wait ended; its length follows. */
export const WAIT_WORDS = { granted: 'granted', timed_out: 'not granted in time:', left: 'the client left' }

/** How an attempt ended. */
export const RESULT_WORDS = { answered: 'answered', refused: 'refused', broken: 'broken off', gone: 'the client left' }

/** What is paid for. */
export const CATEGORY_WORDS = {
  input: 'input',
  output: 'output',
  cacheWrite5m: 'cache writes, 5m',
  cacheWrite1h: 'cache writes, 1h',
  cacheRead: 'cache reads',
  webSearch: 'web searches'
}

interface Unpriced {
  kind: string | null
  attempts: readonly { result: keyof typeof RESULT_WORDS; may_have_cost: boolean | null }[]
}

const mayHaveCost = ({ result, may_have_cost: told }: Unpriced['attempts'][number]) => told ?? result !== 'refused'

/** Whether usage of an exchange is still to come: it is recorded a moment after the response. */
export const isUsageToCome = ({ kind, attempts }: Unpriced) => kind !== 'count_tokens' && attempts.some(mayHaveCost)

/** Why an exchange has no usage. */
export function whyNoUsage({ kind, attempts }: Unpriced): string {
  if (attempts.length === 0) return 'none: nothing was sent upstream'
  if (kind === 'count_tokens') return 'none: counting tokens costs nothing'
  if (isUsageToCome({ kind, attempts })) return 'nothing is on record yet'
  const isRefused = attempts.some(({ result }) => result === 'refused')
  return isRefused ? 'none: the upstream refused it' : 'none: the request did not reach the upstream'
}
