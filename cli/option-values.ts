import { InvalidArgumentError } from 'commander'

export function integer(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(text)
}

/** In milliseconds. */
export function seconds(text: string): number {
  const value = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (value < 0.1) throw new InvalidArgumentError('It must be a number of seconds, 0.1 at least.')
  return value * 1000
}

/** Names of models with commas between them. */
export function modelList(text: string): string[] {
  return text.split(',').map((model) => model.trim())
}

/** For an option that may be repeated. */
export function anotherOf(value: string, values: string[] = []): string[] {
  return [...values, value]
}
