/** The windows of a budget, as the API calls them in spending and in limits. */
export const PERIODS = [
  { kind: 'day', of: 'daily', label: 'Day', words: 'a day' },
  { kind: 'week', of: 'weekly', label: 'Week', words: 'a week' },
  { kind: 'month', of: 'monthly', label: 'Month', words: 'a month' }
] as const

/** What a window is called; `total` is no period. */
export const periodLabel = (kind: string) =>
  kind === 'total' ? 'In all' : (PERIODS.find((period) => period.kind === kind)?.label ?? kind)

export type PeriodKind = (typeof PERIODS)[number]['kind']
