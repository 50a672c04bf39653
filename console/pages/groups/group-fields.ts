import type { RequestOf } from '../../api/client.ts'
import type { FieldValue, FormField } from '../../parts/field.ts'

export type NewGroup = RequestOf<'post', '/admin/v1/groups'>

const LIMITS: readonly FormField<keyof NewGroup>[] = (
  [
    ['daily_limit_usd', 'A day, USD at most', '--daily-limit'],
    ['weekly_limit_usd', 'A week, USD at most', '--weekly-limit'],
    ['monthly_limit_usd', 'A month, USD at most', '--monthly-limit']
  ] as const
).map(([name, label, option]) => ({
  name,
  label,
  about: 'list cost of each member, before the multiplier',
  kind: 'line',
  none: 'none',
  option
}))

/**
 * The fields of a form about a group.
 *
 * @param kind as it is chosen, if it is: windows limit what subscriptions may use
 * @param models that are suggested
 */
export function groupFields(kind: FieldValue, models: readonly string[]): readonly FormField<keyof NewGroup>[] {
  return [
    { name: 'name', label: 'Name', about: 'in keys, accounts and commands', kind: 'line', required: true },
    {
      name: 'kind',
      label: 'Who pays',
      about: 'balance: users pay from their balance; subscription: what they use is limited by windows of time',
      kind: 'choice',
      choices: ['balance', 'subscription'] satisfies NewGroup['kind'][]
    },
    ...(kind === 'subscription' ? LIMITS : []),
    {
      name: 'rate_multiplier',
      label: 'Multiplier',
      about: 'the charge is the list cost times this',
      kind: 'line',
      none: '1'
    },
    {
      name: 'window_anchor',
      label: 'Windows begin',
      about: 'first-use: with the first request, for 24 h, 7 d or 30 d; calendar: with the day, week or month',
      kind: 'choice',
      choices: ['first-use', 'calendar'] satisfies NewGroup['window_anchor'][]
    },
    { name: 'time_zone', label: 'Time zone', about: 'of calendar windows, such as Europe/Berlin', kind: 'line', none: 'UTC' },
    {
      name: 'allowed_models',
      label: 'Models its keys may use',
      kind: 'names',
      choices: models,
      none: 'all',
      option: '--models'
    },
    {
      name: 'model_mapping',
      label: 'Model mapping',
      about: 'asked → sent, at accounts without a mapping of their own',
      kind: 'mapping',
      sides: ['Asked for', 'Sent as'],
      option: '--map'
    },
    { name: 'note', label: 'Note', about: 'for operators only', kind: 'prose', none: 'none' }
  ]
}
