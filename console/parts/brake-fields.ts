import type { FieldValue, FormField } from './field.ts'

const PARTS = [
  ['key_spend_usd', 'The key, USD at most', 'usd'],
  ['key_requests', 'The key, requests a minute', 'integer'],
  ['session_spend_usd', 'A session, USD at most', 'usd'],
  ['session_requests', 'A session, requests a minute', 'integer'],
  ['agent_spend_usd', 'An agent, USD at most', 'usd'],
  ['agent_requests', 'An agent, requests a minute', 'integer'],
  ['spend_minutes', 'Minutes of spending that count', 'integer'],
  ['action', 'When one of these is reached', ['pause', 'warn']],
  ['identical_turns', 'Identical turns in a row', 'integer'],
  ['identical_action', 'When there are so many', ['off', 'warn', 'pause']],
  ['pause_minutes', 'Minutes that a pause lasts', 'integer']
] as const

export type KeyBrakes = Readonly<Record<(typeof PARTS)[number][0], string | number | null>>

/** The fields of a form about what stops a key when it runs away. */
export const BRAKE_FIELDS: readonly FormField[] = PARTS.map(([part, label, kind]) => ({
  name: `brakes.${part}`,
  label,
  none: 'default',
  option: '--brake',
  isHalf: true,
  ...(typeof kind === 'string' ? { kind } : { kind: 'choice' as const, choices: kind })
}))

/** What is said of a key's brakes, in words; what is left to the defaults is not named. */
export const wordsOfBrakes = (brakes: KeyBrakes): string[] =>
  PARTS.flatMap(([part, label]) => {
    const value: FieldValue = brakes[part]
    return value === null ? [] : [`${label.toLowerCase().replaceAll('usd', 'USD')}: ${value}`]
  })
