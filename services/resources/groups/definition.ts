import type { Definition, Entry } from '../definition.ts'
import { activeStatus, choice, json, list, mapping, named, NAMES, note, text, usd } from '../field.ts'
import { CONFIRMATION, managedSettingsColumns } from './managed-settings.ts'

const quota = (name: string, period: string) =>
  usd({
    meaning: `\`kind: subscription\` only: list cost in USD, before the multiplier, allowed per ${period}`,
    none: 'none',
    listed: true,
    option: { name, value: 'usd' }
  })

export const groups = {
  kind: 'group',
  one: 'a group',
  plural: 'groups',
  table: 'groups',
  topic: 'directory',
  known: 'name',
  fields: {
    name: named({ meaning: 'its name in keys, accounts and commands', required: true, searched: true, listed: 'known' }),
    kind: choice(['balance', 'subscription'], {
      meaning: '`balance`: users pay from their balance; `subscription`: usage is limited per window',
      required: true,
      listed: true,
      option: { byDefault: 'balance' }
    }),
    status: activeStatus({
      meaning: 'keys of a disabled group are rejected',
      listed: true
    }),
    rate_multiplier: usd(
      { meaning: 'the charge is the list cost times this', default: '1', listed: true, option: { value: 'factor' } },
      { pattern: '^\\d{1,6}(?:\\.\\d{1,6})?$', description: 'a number ≥ 0 with at most 6 decimals' }
    ),
    daily_limit_usd: quota('daily-limit', 'day'),
    weekly_limit_usd: quota('weekly-limit', 'week'),
    monthly_limit_usd: quota('monthly-limit', 'month'),
    window_anchor: choice(['first-use', 'calendar'], {
      meaning: 'a window lasts 24 h, 7 d or 30 d from first use; `calendar`: days, weeks (from Monday), months',
      default: 'first-use'
    }),
    time_zone: text(
      { description: 'a time zone such as Europe/Berlin' },
      { meaning: 'the time zone of `calendar` windows', default: 'UTC', option: { value: 'zone' } }
    ),
    allowed_models: list(NAMES, {
      meaning: 'IDs of the models its keys may use',
      none: 'all',
      option: { name: 'models' }
    }),
    model_mapping: mapping({
      meaning: 'requested: actual, for accounts without a mapping of their own; a name is mapped once',
      default: {},
      none: 'none',
      option: { name: 'map', value: 'requested=actual' }
    }),
    managed_settings: {
      ...json({
        meaning:
          'settings for Claude Code, of people who are signed in to use the group: [sign-in.md](sign-in.md#managed-settings)',
        none: 'none',
        confirmed: CONFIRMATION,
        option: {
          value: 'file',
          help: 'a JSON file with settings for Claude Code, of people who are signed in to use the group'
        }
      }),
      write: managedSettingsColumns
    },
    note: note()
  }
} as const satisfies Definition

export type DesiredGroup = Entry<typeof groups>
