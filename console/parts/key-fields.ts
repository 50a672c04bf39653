import type { FormField } from './field.ts'

const PERIODS = [
  ['daily', 'A day, USD at most'],
  ['weekly', 'A week, USD at most'],
  ['monthly', 'A month, USD at most'],
  ['total', 'In all, USD at most']
] as const

type Whose = '' | 'own_'
type Period = (typeof PERIODS)[number][0]
type LimitName<Of extends Whose> =
  | `${Of}expires_at`
  | `${Of}allowed_models`
  | `${Of}allowed_ips`
  | `${Of}spend_limits.${Period}`

/** The spending limits of a key that operators set, its owner, or a lead of its team. */
export const spendFields = <Of extends Whose | 'team_'>(of: Of): readonly FormField<`${Of}spend_limits.${Period}`>[] =>
  PERIODS.map(([period, label]) => ({
    name: `${of}spend_limits.${period}` as const,
    label,
    kind: 'usd' as const,
    none: 'none',
    option: '--spend-limit',
    isHalf: true
  }))

/**
 * The fields of a form about what a key may do.
 *
 * @param of whose limits: what operators set, or what the key’s owner sets besides
 * @param models that are suggested
 */
export function limitFields<Of extends Whose>(of: Of, models: readonly string[] = []): readonly FormField<LimitName<Of>>[] {
  return [
    ...spendFields(of),
    {
      name: `${of}expires_at`,
      label: 'Ends',
      about: 'a day such as 2030-12-31, or a span such as 90d',
      kind: 'line',
      none: 'never',
      option: '--expires'
    },
    {
      name: `${of}allowed_models`,
      label: 'Only these models',
      about: 'among those of its group',
      kind: 'names',
      choices: models,
      none: 'all',
      option: '--models'
    },
    {
      name: `${of}allowed_ips`,
      label: 'Only from these addresses',
      about: 'such as 203.0.113.7 or 10.0.0.0/8',
      kind: 'names',
      none: 'all'
    }
  ]
}
