import { InvalidSetting, type SettingReader } from '../set-up/setting-values.ts'
import type { Field } from '../field.ts'
import { BRAKE_PARTS, type BrakeWishes } from './brake-fields.ts'

/** `part=value` with commas between them, or `none`; parts and values are those of a key's `brakes`. */
export const brakesSetting: SettingReader<BrakeWishes> = (text) => {
  if (text === 'none') return {}
  const pairs = text.split(',').map((pair) => pair.split('=').map((side) => side.trim()))
  const seen = new Set<string>()
  const entries = pairs.map(([name = '', value = '', ...rest]): [string, unknown] => {
    const part: Field | undefined = Object.hasOwn(BRAKE_PARTS, name) ? BRAKE_PARTS[name as keyof typeof BRAKE_PARTS] : undefined
    if (part === undefined || rest.length > 0) {
      throw new InvalidSetting(
        `must be part=value with commas between them, or none; parts are ${Object.keys(BRAKE_PARTS).join(', ')}`
      )
    }
    if (seen.has(name)) throw new InvalidSetting(`names ${name} twice: give each once`)
    seen.add(name)
    return [name, valueOf(name, part, value)]
  })
  return Object.fromEntries(entries) as BrakeWishes
}

function valueOf(name: string, { schema, type }: Field, text: string): unknown {
  const { enum: choices, pattern, minimum, maximum, description } = schema
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  const isTaken =
    type === 'integer'
      ? number >= Number(minimum) && number <= Number(maximum)
      : Array.isArray(choices)
        ? choices.includes(text)
        : new RegExp(String(pattern)).test(text)
  if (!isTaken) throw new InvalidSetting(`must have as ${name} ${String(description)}, not ${JSON.stringify(text)}`)
  return type === 'integer' ? number : text
}

export const brakesText = (wishes: BrakeWishes): string => {
  const said = Object.entries(wishes).map(([part, value]) => `${part}=${String(value)}`)
  return said.length === 0 ? 'none' : said.join(',')
}
