/** Any common text of at least this many characters is found. */
export const SHORTEST_ECHO = 16

/** Searching a body larger than this would delay all other requests. */
const MAX_BODY_BYTES = 1_048_576

/**
 * Whether a text, such as an upstream's wording of an error, repeats a part of the request's body, or may do so where the body
 * is too large to tell. The body comes in pieces.
 */
export function repeatsBody(text: string, body: readonly Buffer[]): boolean {
  if (isTooLarge(body)) return true
  const plain = withPlainEscapes(body)
  const characters = Array.from(text) // whole characters, no lone surrogates
  for (let at = 0; at + SHORTEST_ECHO <= characters.length; at++) {
    const piece = characters.slice(at, at + SHORTEST_ECHO).join('')
    // As it stands in JSON: with quotes and line breaks escaped.
    if (plain.includes(JSON.stringify(piece).slice(1, -1))) return true
  }
  return false
}

/** Whether the strings in a JSON body contain the words, however they are escaped there; true where the body is too large to tell. */
export function mayContain(body: readonly Buffer[], words: string): boolean {
  if (contains(body, words)) return true
  return contains(body, '\\u') && (isTooLarge(body) || withPlainEscapes(body).includes(words))
}

const isTooLarge = (body: readonly Buffer[]) => body.reduce((sum, { length }) => sum + length, 0) > MAX_BODY_BYTES

/** Whether the pieces, one after the other, contain the words. */
function contains(body: readonly Buffer[], words: string): boolean {
  const bytes = Buffer.byteLength(words)
  let end = Buffer.alloc(0)
  return body.some((piece) => {
    const border = Buffer.concat([end, piece.subarray(0, bytes - 1)])
    end = Buffer.concat([end, piece.subarray(-bytes)]).subarray(-bytes)
    return border.includes(words) || piece.includes(words)
  })
}

/** The same JSON without needless escapes: some clients escape every letter beyond ASCII. */
function withPlainEscapes(body: readonly Buffer[]): Buffer | string {
  const whole = Buffer.concat(body)
  const isPlain = !whole.includes('\\u') && !whole.includes('\\/')
  return isPlain ? whole : JSON.stringify(JSON.parse(whole.toString()))
}
