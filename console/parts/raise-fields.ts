import type { FormField } from './field.ts'

/**
 * The fields of a form that raises a limit for a while.
 *
 * @param members whose own limits may be raised
 * @param isPoolToo whether the pool may be, too
 */
export const raiseFields = (members: readonly string[], isPoolToo: boolean): readonly FormField[] => [
  {
    name: 'user',
    label: 'Whose limit',
    kind: 'choice',
    choices: members,
    ...(isPoolToo ? { none: 'the pool’s' } : { required: true })
  },
  { name: 'amount_usd', label: 'By how much, USD', kind: 'usd', required: true, option: '--amount', isHalf: true },
  {
    name: 'period',
    label: 'Which limit',
    kind: 'choice',
    choices: ['daily', 'weekly', 'monthly'],
    required: true,
    isHalf: true
  },
  {
    name: 'until',
    label: 'Until',
    about: 'a day such as 2030-12-31, a time such as 2030-12-31T18:00:00Z, or a span such as 3d',
    kind: 'line',
    required: true
  },
  { name: 'reason', label: 'Why', kind: 'line', required: true }
]
