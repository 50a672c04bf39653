import { isFields } from '../problems.ts'

/** What a token says, as its issuer signed it. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * What a claim says, as texts: several of a list, none of what is not there or has parts of its own. Dots lead into objects; where a
 * name has dots itself, as `kubernetes.io` has, the longest that there is counts.
 */
export function claimTexts(claims: unknown, path: string): string[] {
  const values = [claimAt(claims, path)].flat()
  return values.filter((value) => ['string', 'number', 'boolean'].includes(typeof value)).map(String)
}

function claimAt(value: unknown, path: string): unknown {
  if (!isFields(value)) return undefined
  if (Object.hasOwn(value, path)) return value[path]
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const name = path.slice(0, dot)
    if (Object.hasOwn(value, name)) return claimAt(value[name], path.slice(dot + 1))
  }
  return undefined
}

/** Whether a text is what a pattern says, in which each `*` stands for any text. No expression: nobody's pattern can take long. */
export function fits(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return text === pattern
  const end = text.length - tail.length
  if (head.length > end || !text.startsWith(head) || !text.endsWith(tail)) return false
  let at = head.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
