import { isUtf8 } from 'node:buffer'

const NOTHING = new Uint8Array(0)

/** Whether bytes that come in pieces are valid UTF-8. A character may be cut by a border. */
export class Utf8Check {
  /** The beginning of a character whose rest is still to come. */
  #begun = NOTHING

  /** False once the bytes cannot be the beginning of valid UTF-8. */
  push(piece: Uint8Array): boolean {
    const from = this.#begun.length === 0 ? 0 : this.#finish(piece)
    if (from < 0) return false
    const end = piece.length - unfinishedBytes(piece, from)
    if (end < piece.length) this.#begun = Uint8Array.prototype.slice.call(piece, end)
    return isUtf8(from === 0 && end === piece.length ? piece : piece.subarray(from, end))
  }

  /** Whether no character is left unfinished. */
  get isComplete(): boolean {
    return this.#begun.length === 0
  }

  /** Takes the rest of the begun character; how many bytes that were, or -1 when they do not fit. */
  #finish(piece: Uint8Array): number {
    const rest = piece.subarray(0, lengthOf(this.#begun[0]!) - this.#begun.length)
    const begun = new Uint8Array(this.#begun.length + rest.length)
    begun.set(this.#begun)
    begun.set(rest, this.#begun.length)
    const isWhole = begun.length === lengthOf(begun[0]!)
    this.#begun = isWhole ? NOTHING : begun
    return !isWhole || isUtf8(begun) ? rest.length : -1
  }
}

/** How many bytes the character has that begins with this one. */
const lengthOf = (first: number) => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1)

/** How many bytes at the end begin a character that is not whole. */
function unfinishedBytes(piece: Uint8Array, from: number): number {
  for (let bytes = 1; bytes <= 3 && piece.length - bytes >= from; bytes++) {
    const byte = piece[piece.length - bytes]!
    if ((byte & 0xc0) !== 0x80) return lengthOf(byte) > bytes ? bytes : 0
  }
  return 0
}
