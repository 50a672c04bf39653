import { isFields } from '../problems.ts'

/** The claims of a token, as signed by its issuer. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * The value of a claim as texts: several for a list, none for a missing claim or an object. Dots lead into objects; if a name
 * itself has dots, such as `kubernetes.io`, the longest existing name counts.
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

/** Whether a text matches a pattern in which each `*` stands for any text. Not a regular expression: no pattern can take long. */
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
