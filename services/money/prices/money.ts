/** One dollar in nano-dollars, the unit money has in code. */
export const NANO_PER_USD = 1_000_000_000n

const DECIMAL = /^(-?)(\d+)(?:\.(\d{1,9}))?$/

/**
 * Reads a decimal dollar amount ("12", "-0.5", "0.000000001") as nano-dollars.
 * Throws on anything else: more than nine decimals, exponents, signs other than a leading minus, the empty string.
 */
export function parseUsd(text: string): bigint {
  return parseBillionths(text, 'dollar amount')
}

/**
 * Reads a multiplier such as a group's rate ("1.25") in billionths: 1 is 1_000_000_000n.
 * Throws where parseUsd does, and on negative numbers.
 */
export function parseMultiplier(text: string): bigint {
  const billionths = parseBillionths(text, 'multiplier')
  if (billionths < 0n) throw new Error(`not a multiplier: ${JSON.stringify(text)} is negative`)
  return billionths
}

/** The shortest decimal that parseUsd reads back as the same amount. */
export function formatUsd(nano: bigint): string {
  const magnitude = nano < 0n ? -nano : nano
  const sign = nano < 0n ? '-' : ''
  const fraction = (magnitude % NANO_PER_USD).toString().padStart(9, '0').replace(/0+$/, '')
  const whole = (magnitude / NANO_PER_USD).toString()
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`
}

/** The quotient rounded to the nearest integer, halves away from zero. The denominator is positive. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const half = numerator < 0n ? -denominator : denominator
  return (2n * numerator + half) / (2n * denominator)
}

function parseBillionths(text: string, what: string): bigint {
  const match = DECIMAL.exec(text)
  if (match === null) throw new Error(`not a ${what} with at most nine decimals: ${JSON.stringify(text)}`)
  const [, sign = '', whole = '', fraction = ''] = match
  return BigInt(sign + whole + fraction.padEnd(9, '0'))
}
