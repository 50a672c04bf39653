import type { FormField } from '../../parts/field.ts'
import { limitFields } from '../../parts/key-fields.ts'

export const NAME: FormField<'name'> = {
  name: 'name',
  label: 'Name',
  about: 'such as where it is used: laptop, ci',
  kind: 'line',
  required: true
}

/** What one limits one’s own key to, and can take back. What operators have limited holds beside it. */
export const OWN_LIMITS = limitFields('own_')

/** @param teams that one is in */
export const teamField = (teams: readonly string[]): FormField<'team'> => ({
  name: 'team',
  label: 'Team',
  about: 'in whose budget its usage counts',
  kind: 'choice',
  choices: teams,
  none: 'as your other keys in the group'
})
