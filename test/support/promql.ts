/** A selector in a PromQL expression: the metric and the matchers of its labels. */
interface Selector {
  metric: string
  matchers: { label: string; operator: string; value: string }[]
}

/** What a PromQL expression is about, as far as it can go wrong: which metrics, by which labels. */
export interface ExpressionParts {
  selectors: Selector[]
  /** Labels that are grouped by or joined on. */
  groupLabels: string[]
}

const TOKEN =
  /\s+|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{|\}|[(),]|=~|!~|!=|==|>=|<=|[=<>+\-*/%^]|\d+(?:\.\d+)?|[a-zA-Z_:][a-zA-Z0-9_:]*|\$\w+/gy
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
const AGGREGATIONS = new Set(['sum', 'max', 'min', 'count', 'avg'])
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset'])

/** Throws on what is no PromQL that is used here. */
export function partsOf(expression: string): ExpressionParts {
  const tokens = tokensOf(expression)
  const selectors: Selector[] = []
  const groupLabels: string[] = []
  let depth = 0
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    if (token === '(') depth += 1
    if (token === ')') depth -= 1
    if (depth < 0) throw new Error(`unbalanced: ${expression}`)
    if (!/^[a-zA-Z_:]/.test(token)) continue
    const next = tokens[at + 1]
    if (GROUPING.has(token) && next === '(') {
      const end = tokens.indexOf(')', at)
      groupLabels.push(...tokens.slice(at + 2, end).filter((label) => label !== ','))
      at = end
    } else if (next === '{') {
      const end = tokens.indexOf('}', at)
      selectors.push({ metric: token, matchers: matchersOf(tokens.slice(at + 2, end), expression) })
      at = end
    } else if (next !== '(' && !WORDS.has(token) && !AGGREGATIONS.has(token)) {
      selectors.push({ metric: token, matchers: [] })
    }
  }
  if (depth !== 0) throw new Error(`unbalanced: ${expression}`)
  return { selectors, groupLabels }
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < expression.length) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(expression)
    if (match === null) throw new Error(`not PromQL at ${from}: ${expression}`)
    if (match[0].trim() !== '') tokens.push(match[0])
  }
  return tokens
}

function matchersOf(tokens: string[], expression: string): Selector['matchers'] {
  const matchers: Selector['matchers'] = []
  for (let at = 0; at < tokens.length; at += 4) {
    const [label, operator, value, comma] = tokens.slice(at, at + 4)
    if (!['=', '=~', '!=', '!~'].includes(operator ?? '') || !value?.startsWith('"') || ![undefined, ','].includes(comma)) {
      throw new Error(`no matcher: ${expression}`)
    }
    matchers.push({ label: label!, operator: operator!, value: JSON.parse(value) as string })
  }
  return matchers
}
