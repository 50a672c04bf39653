import { NO_TOKENS, type IterationFacts } from '../../services/money/usage/usage-facts.ts'

/** One of the calls that a response says it came of. */
export const iteration = (facts: Partial<IterationFacts>): IterationFacts => ({
  type: 'message',
  model: null,
  ...NO_TOKENS,
  ...facts
})

/** Some tokens of each kind that has a price. */
export const EACH_CATEGORY = {
  inputTokens: 1000,
  outputTokens: 200,
  cacheCreation5mTokens: 4000,
  cacheCreation1hTokens: 500,
  cacheReadTokens: 30_000
}
