import { Stack, Text } from '@mantine/core'

type Values = Readonly<Record<string, unknown>>

const isValues = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value)

const inWords = (value: unknown): string => {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(inWords).join(', ')
  if (isValues(value))
    return Object.entries(value)
      .map(([name, part]) => `${name}: ${inWords(part)}`)
      .join(', ')
  return JSON.stringify(value)
}

/** What an entry says of its change: a line for each field that is another now, with what it was and what it became. */
export function Detail({ detail }: { detail: unknown }) {
  const lines = isValues(detail) ? linesOf(detail) : [inWords(detail)]
  return (
    <Stack gap={0} miw={220} maw={520}>
      {lines.map((line) => (
        <Text key={line} size="xs" dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {line}
        </Text>
      ))}
    </Stack>
  )
}

/** Fields, and parts of those that have some, such as `spend_limits.daily`. */
const partsOf = (values: unknown): Values =>
  Object.fromEntries(
    Object.entries(isValues(values) ? values : {}).flatMap(([name, value]): [string, unknown][] =>
      isValues(value) ? Object.entries(value).map(([part, inner]) => [`${name}.${part}`, inner]) : [[name, value]]
    )
  )

function linesOf({ before, after, ...rest }: Values): string[] {
  const others = Object.entries(rest).map(([name, value]) => `${name}: ${inWords(value)}`)
  if (before === undefined && after === undefined) return others
  if (!isValues(before) && !isValues(after)) return [`${inWords(before)} → ${inWords(after)}`, ...others]
  const [from, to] = [partsOf(before), partsOf(after)]
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  // Of something new also what it does not have is on record.
  const changed = names.filter((name) => inWords(from[name]) !== inWords(to[name]))
  const was = (name: string) => (before === undefined ? '' : `${inWords(from[name])} → `)
  return [...changed.map((name) => `${name}: ${was(name)}${inWords(to[name])}`), ...others]
}
