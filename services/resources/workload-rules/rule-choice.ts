import { claimTexts, fits, type Claims } from './claims.ts'

/** The part of a rule that decides whether a token matches. */
export interface Matcher {
  name: string
  /** The matching rule with the smallest priority decides. */
  priority: number
  audience: string | null
  conditions: Readonly<Record<string, string>>
}

export type RuleChoice<Rule> =
  | { found: Rule }
  /** The token is for none of these. */
  | { audiences: string[] }
  /** These claims were checked, and no rule matches all of its own. */
  | { lookedAt: string[] }
  /** Several match with the same priority. */
  | { ambiguous: string[] }

const hasAll = ({ conditions }: Matcher, claims: Claims) =>
  Object.entries(conditions).every(([claim, pattern]) => claimTexts(claims, claim).some((text) => fits(pattern, text)))

/**
 * Chooses among the rules of a token's issuer. Rules without an audience require `ownAudience`; null means none, which no token
 * has.
 */
export function chooseRule<Rule extends Matcher>(
  rules: readonly Rule[],
  claims: Claims,
  ownAudience: string | null
): RuleChoice<Rule> {
  const wanted = ({ audience }: Rule) => audience ?? ownAudience
  const given = claimTexts(claims, 'aud')
  const addressed = rules.filter((rule) => given.some((audience) => audience === wanted(rule)))
  if (addressed.length === 0) return { audiences: sorted(rules.map(wanted).filter((audience) => audience !== null)) }
  const matching = addressed.filter((rule) => hasAll(rule, claims))
  const lowest = Math.min(...matching.map(({ priority }) => priority))
  const [found, ...others] = matching.filter(({ priority }) => priority === lowest)
  if (found === undefined) return { lookedAt: sorted(addressed.flatMap(({ conditions }) => Object.keys(conditions))) }
  return others.length === 0 ? { found } : { ambiguous: sorted([found, ...others].map(({ name }) => name)) }
}

const sorted = (texts: readonly string[]) => [...new Set(texts)].toSorted()
