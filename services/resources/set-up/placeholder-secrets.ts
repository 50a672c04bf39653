const TELLING = 'secret|password|passwd|example|sample|placeholder|changeit|todo|fixme|insert|your'
const FILLER = 'super|my|this|the|please|key|token|api|here|value|and|long|random|with|for|an|sk|ant|sluice|anthropic|123|1234'
const ONLY_WORDS = new RegExp(`^(?:${TELLING}|${FILLER})+$`)
const TELLING_WORD = new RegExp(TELLING)

/**
 * True when `text` looks copied from documentation rather than generated: "changeme", "your-api-key", "super-secret-key",
 * "xxxxxxxx", "<token>", "sk-ant-...".
 */
export function isPlaceholderSecret(text: string): boolean {
  const lower = text.trim().toLowerCase()
  if (/^<.*>$/.test(lower) || /(?:\.\.\.|…)$/.test(lower)) return true
  if (/^your[-_ ]|change[-_ ]?me|replace[-_ ]?(?:me|this|with)/.test(lower)) return true
  const letters = lower.replace(/^sk-(?:ant-(?:api03-)?|sluice-)?/, '').replaceAll(/[^\da-z]/g, '')
  return (letters.length > 2 && new Set(letters).size === 1) || (ONLY_WORDS.test(letters) && TELLING_WORD.test(letters))
}
