import type { FormField } from '../../parts/field.ts'
import { limitFields } from '../../parts/key-fields.ts'

/** The fields of a form about somebody’s key. */
export const keyFields = (
  groups: readonly string[],
  models: readonly string[],
  teams: readonly string[]
): readonly FormField[] => [
  { name: 'name', label: 'Name', about: 'such as where it is used: laptop, ci', kind: 'line', required: true },
  {
    name: 'group',
    label: 'Group',
    about: 'which accounts serve it, and what pays for it',
    kind: 'choice',
    choices: groups,
    none: 'default'
  },
  {
    name: 'team',
    label: 'Team',
    about: 'in whose pool its usage counts, of those that its owner is in',
    kind: 'choice',
    choices: teams,
    none: 'none'
  },
  ...limitFields('', models),
  { name: 'note', label: 'Note', about: 'for operators only', kind: 'prose', none: 'none' }
]
