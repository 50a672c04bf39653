/** A decimal number as the API writes amounts, such as `-12.000000001`. */
type Decimal = Intl.StringNumericLiteral

const format = (digits: number) =>
  new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits
  })

/** By how many leading zeros an amount has behind its point. */
const FORMATS = Array.from({ length: 10 }, (_, zeros) => format(Math.max(2, Math.min(9, zeros + 2))))

/**
 * An amount with as many decimals as it needs: cents, or the first two digits that are not zero.
 *
 * @param usd a decimal string in US dollars, of any length: it is never made a binary fraction
 */
export function formatUsd(usd: string): string {
  const zeros = /^-?0\.(0*)[1-9]/.exec(usd)?.[1]?.length ?? 0
  return (FORMATS[zeros] ?? FORMATS[9]!).format(usd as Decimal)
}

/** In units of which a dollar has a thousand million. */
function nanoOf(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.split('.')
  return BigInt(whole + fraction.padEnd(9, '0').slice(0, 9))
}

/** The difference of two amounts, exactly. */
export function minusUsd(a: string, b: string): string {
  const nano = nanoOf(a) - nanoOf(b)
  const digits = (nano < 0n ? -nano : nano).toString().padStart(10, '0')
  return `${nano < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`
}

/** Whether an amount is above, at or below zero: 1, 0 or -1. */
export const signOf = (usd: string) => Math.sign(Number(usd))

const COUNT = new Intl.NumberFormat('en-US')
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })
const PERCENT = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 })

export const formatCount = (count: number) => COUNT.format(count)

/** Such as `1.24M`, for where there is little room. */
export const formatShort = (count: number) => (count < 10_000 ? COUNT.format(count) : SHORT.format(count))

/** @param share of 1 */
export const formatShare = (share: number) => PERCENT.format(share)

/** Such as `480 ms`, `4.2 s`, `3 min 20 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const minutes = Math.floor(ms / 60_000)
  const seconds = Math.floor((ms % 60_000) / 1000)
  if (minutes < 60) return `${minutes} min${seconds === 0 ? '' : ` ${seconds} s`}`
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
}

/** The exact sum of two decimal strings of any length. */
export function addUsd(a: string, b: string): string {
  const digits = Math.max(decimalsOf(a), decimalsOf(b))
  const sum = scaled(a, digits) + scaled(b, digits)
  const text = String(sum < 0n ? -sum : sum).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  return `${sum < 0n ? '-' : ''}${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`}`
}

const decimalsOf = (usd: string) => usd.split('.')[1]?.length ?? 0

function scaled(usd: string, digits: number): bigint {
  const [whole = '', decimals = ''] = usd.split('.')
  return BigInt(whole + decimals.padEnd(digits, '0'))
}
