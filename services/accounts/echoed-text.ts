/** Any text of at least so many characters that the two have in common is found. */
export const SHORTEST_ECHO = 16

/** Searching a body this large would hold up everybody else. */
const MAX_BODY_BYTES = 1_048_576

/**
 * Whether a text, such as an upstream's wording of an error, repeats a part of the request's body, or may do so where the body
 * is too large to tell.
 */
export function repeatsBody(text: string, body: Buffer): boolean {
  if (body.length > MAX_BODY_BYTES) return true
  const plain = withPlainEscapes(body)
  const characters = Array.from(text) // whole ones, not halves of surrogate pairs
  for (let at = 0; at + SHORTEST_ECHO <= characters.length; at++) {
    const piece = characters.slice(at, at + SHORTEST_ECHO).join('')
    // As it stands in JSON: with quotes and line breaks escaped.
    if (plain.includes(JSON.stringify(piece).slice(1, -1))) return true
  }
  return false
}

/** Whether the strings in a JSON body contain the words, however they are escaped there; true where the body is too large to tell. */
export function mayContain(body: Buffer, words: string): boolean {
  if (body.includes(words)) return true
  return body.includes('\\u') && (body.length > MAX_BODY_BYTES || withPlainEscapes(body).includes(words))
}

/** The same JSON without the escapes that are not needed: some clients write every letter beyond ASCII as one. */
function withPlainEscapes(body: Buffer): Buffer | string {
  const isPlain = !body.includes('\\u') && !body.includes('\\/')
  return isPlain ? body : JSON.stringify(JSON.parse(body.toString()))
}
