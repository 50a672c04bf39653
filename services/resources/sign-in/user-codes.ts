import { randomInt } from 'node:crypto'

/** No vowels, so that codes spell no words, and no letters that look like digits. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const HALF = 4
const PATTERN = new RegExp(`^[${LETTERS}]{${2 * HALF}}$`)

const halved = (letters: string) => `${letters.slice(0, HALF)}-${letters.slice(HALF)}`

/** One of 20^8, such as `BCDF-GHJK`: more than can be tried in the minutes that it is valid. */
export function generateUserCode(random: (below: number) => number = randomInt): string {
  return halved(Array.from({ length: 2 * HALF }, () => LETTERS.charAt(random(LETTERS.length))).join(''))
}

/** The stored form, ignoring what was typed between the letters; null when it cannot be a code. */
export function readUserCode(given: string): string | null {
  const letters = given.toUpperCase().replace(/[\s\p{P}]+/gu, '')
  return PATTERN.test(letters) ? halved(letters) : null
}
