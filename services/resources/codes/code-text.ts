import { hash } from 'node:crypto'

/** Crockford's base 32: no letter that could be mistaken for a digit, or for another when read aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const PREFIX = 'SLC'
const LENGTH = 25
const GROUP = 5
const IS_CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

export interface NewCodeText {
  /** Such as `SLC-7QK2M-…`, 125 random bits. */
  text: string
  /** What is stored of it. */
  hash: Buffer
  /** The part that identifies a code to people; four fifths of the code stay secret. */
  hint: string
}

/** `random` returns that many bytes. */
export function newCode(random: (bytes: number) => Uint8Array): NewCodeText {
  const letters = [...random(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
  const groups = groupsOf(letters)
  return { text: [PREFIX, ...groups].join('-'), hash: hashOf(letters), hint: `${PREFIX}-${groups[0] ?? ''}` }
}

const groupsOf = (text: string) => Array.from({ length: LENGTH / GROUP }, (_, n) => text.slice(n * GROUP, (n + 1) * GROUP))

const hashOf = (letters: string) => hash('sha256', letters, 'buffer')

/**
 * The hash of a code as somebody typed it: case, dashes and spaces do not matter, nor O for 0 and I or L for 1. Null when it is
 * no code.
 */
export function codeHashOf(typed: string): Buffer | null {
  const given = typed.toUpperCase().replace(/[\s-]/g, '')
  if (!given.startsWith(PREFIX)) return null
  const letters = given.slice(PREFIX.length).replaceAll('O', '0').replace(/[IL]/g, '1')
  return IS_CODE.test(letters) ? hashOf(letters) : null
}
