import type { FormField } from './field.ts'
import { PERIODS } from './periods.ts'

const shares = (name: 'guaranteed' | 'limits', option: string, words: string): FormField[] =>
  PERIODS.map(({ of, label }) => ({
    name: `${name}.${of}`,
    label: `${label}: ${words}, USD`,
    kind: 'usd',
    none: 'none',
    option
  }))

/** What is said of a member of a team: a row for each window. */
export const SHARE_FIELDS: readonly FormField[] = [
  {
    name: 'role',
    label: 'Role',
    about: 'a lead manages the team: its members, their shares and its keys',
    kind: 'choice',
    choices: ['member', 'lead']
  },
  ...shares('guaranteed', '--guaranteed', 'guaranteed').flatMap((guaranteed, index) =>
    [guaranteed, shares('limits', '--limit', 'at most')[index]!].map((field) => ({ ...field, isHalf: true }))
  )
]
