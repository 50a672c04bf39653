import { relative, resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../services/platform/durations.ts'
import { EXPECTED, givenTime, isTooLong, TOO_LONG } from '../services/platform/given-times.ts'

export function integer(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at most 9 digits.')
  return Number(text)
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0, of at most 9 digits.')
  return Number(text)
}

/** As it is given: money is text. */
export function usdAmount(text: string): string {
  if (!/^\d{1,7}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('It must be an amount of USD, such as 4 or 0.25.')
  return text
}

/** The same, above 0 or below. */
export function usdChange(text: string): string {
  if (!/^-?(?=.*[1-9])\d{1,15}(\.\d{1,9})?$/.test(text)) {
    throw new InvalidArgumentError('It must be an amount of USD other than 0, such as 12.50, or -- -3.')
  }
  return text
}

export function serverUrl(text: string): string {
  if (text !== 'local' && !/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new InvalidArgumentError('It must be the http:// or https:// URL of a server, such as https://sluice.example.com.')
  }
  return text
}

/** A span in milliseconds, or a number of seconds, between `least` and `most`, which are spans or numbers too. */
export function spanBetween(least: string, most: string): (text: string) => number {
  const [leastMs = 0, mostMs = 0] = [least, most].map(spanMs)
  return (text) => {
    const ms = spanMs(text)
    if (!(ms >= leastMs && ms <= mostMs)) {
      throw new InvalidArgumentError(
        `It must be a span such as 90s, 10m or 2h30m, or a number of seconds; from ${least} to ${most}.`
      )
    }
    return ms
  }
}

/** NaN for what is none. */
const spanMs = (text: string) =>
  /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) * 1000 : (parseDuration(text)?.ms ?? Number.NaN)

const DAY_MS = 24 * 60 * 60 * 1000

/** Of whole days. */
export function days(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : (parseDuration(text)?.ms ?? 0) / DAY_MS
  if (count < 1 || !Number.isInteger(count))
    throw new InvalidArgumentError('It must be a number of days such as 30, or 30d or 4w.')
  return count
}

/** As it is given: the server's clock counts. */
export function timeAhead(text: string, isEnd: boolean): string {
  if (isTooLong(text, Date.now())) throw new InvalidArgumentError(`It ${TOO_LONG}.`)
  const at = givenTime(text, Date.now(), 'ahead')
  if (at === null) throw new InvalidArgumentError(`It must be ${EXPECTED[isEnd ? 'end' : 'begin']}.`)
  if (isEnd && at <= Date.now()) throw new InvalidArgumentError('It has passed: use a time in the future.')
  return text
}

/** For an option that may be repeated. */
export function anotherOf(value: string, values: string[] = []): string[] {
  return [...values, value]
}

/** A file as seen from where one stands: `npm run` itself goes to the project's folder, and says from which. `-` is no file. */
export function filePath(path: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: from } = process.env
  return path === '-' || script !== 'sluice' || from === undefined ? path : relative('', resolve(from, path))
}
