import { isDeepStrictEqual } from 'node:util'
import type { AccountCredentials } from './credentials.ts'
import type { FixedHeaders } from './fixed-headers.ts'
import { secretChanged, textOf, type FieldChange } from '../definition.ts'

/** Credentials are compared as they are stored, with the headers in them. */
export function credentialsDifferences(from: AccountCredentials | null, to: AccountCredentials | null): FieldChange[] {
  if (from === to) return []
  if (from?.type !== 'api-key' || to?.type !== 'api-key') return [secretChanged('credentials')]
  const key = from.apiKey === to.apiKey ? [] : [secretChanged('credentials')]
  return [...key, ...headersDifference(from.headers, to.headers)]
}

/** For a header's value, only that it changed. */
function headersDifference(from: FixedHeaders, to: FixedHeaders): FieldChange[] {
  if (isDeepStrictEqual(from, to)) return []
  const isChanged = (name: string) => Object.hasOwn(from, name) && from[name] !== to[name]
  const names = Object.keys(to).map((name) => (isChanged(name) ? `${name} (changed)` : name))
  return [{ field: 'headers', from: textOf({}, Object.keys(from)), to: textOf({}, names) }]
}
