import { Text } from '@mantine/core'
import { wordsOfBrakes, type KeyBrakes } from './brake-fields.ts'

interface LimitedKey {
  expires_at: string | null
  own_expires_at: string | null
  allowed_ips: readonly string[] | null
  own_allowed_ips: readonly string[] | null
  allowed_models: readonly string[] | null
  own_allowed_models: readonly string[] | null
  brakes: KeyBrakes
}

/** The sooner of the operators’ end and the owner’s. */
export function endOf({ expires_at: theirs, own_expires_at: own }: LimitedKey): string | null {
  if (theirs === null || own === null) return theirs ?? own
  return Date.parse(theirs) < Date.parse(own) ? theirs : own
}

export const isRestricted = (key: LimitedKey) => linesOf(key, '').length > 0

function linesOf(key: LimitedKey, whose: string): string[] {
  const lists = [
    ['Only from', key.allowed_ips],
    [`By ${whose} own wish only from`, key.own_allowed_ips],
    ['Only the models', key.allowed_models],
    [`By ${whose} own wish only the models`, key.own_allowed_models]
  ] as const
  const brakes = wordsOfBrakes(key.brakes)
  return [
    ...lists.flatMap(([words, values]) => (values === null ? [] : [`${words} ${values.join(', ')}`])),
    ...(brakes.length === 0 ? [] : [`Brakes: ${brakes.join('; ')}`])
  ]
}

/** From where and for which models a key may be used, where that is limited. */
export function KeyRules({ of, whose, size = 'sm' }: { of: LimitedKey; whose: 'your' | 'their'; size?: 'sm' | 'xs' }) {
  return linesOf(of, whose).map((line) => (
    <Text size={size} key={line} style={{ overflowWrap: 'anywhere' }}>
      {line}
    </Text>
  ))
}
