import type { ExplainedExchange } from './explain.ts'
import type { TracedChoice } from './trace-record.ts'

/**
 * An exchange as its own user may see it. Accounts, what the upstream said about them, and its request ids are for operators: of
 * a choice, users see how many accounts there were and why some were passed over.
 */
export function ownExchange({ choices, attempts, usage, ...common }: ExplainedExchange) {
  return {
    ...common,
    choices: choices.map(ownChoice),
    attempts: attempts.map(({ account: _account, detail: _detail, upstream_request_id: _id, ...attempt }) => attempt),
    usage: usage.map(({ account: _account, upstream_request_id: _id, ...event }) => event)
  }
}

function ownChoice({ at, candidates, passed_over: passedOver, chosen, affinity, move, left_out: leftOut }: TracedChoice) {
  const reasons = Map.groupBy(passedOver, ({ reason }) => withoutCause(reason))
  return {
    at,
    candidates: candidates.length,
    passed_over: [...reasons].map(([reason, { length }]) => ({ reason, accounts: length })),
    found: chosen !== null,
    affinity,
    move: move === null ? null : { cache_read_tokens: move.cache_read_tokens, extra_cost_usd: move.extra_cost_usd },
    left_out: leftOut
  }
}

/** In `cooling down until …: cause` the cause may be the upstream's words about the account. */
const withoutCause = (reason: string) => reason.split(': ', 1)[0] ?? ''
