import { InvalidArgumentError } from 'commander'

export function integer(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(text)
}

/** For an option that may be repeated. */
export function anotherOf(value: string, values: string[] = []): string[] {
  return [...values, value]
}
