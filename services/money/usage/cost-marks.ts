/** What it goes by; a sum has none of it. */
type Priced = { [Fact in 'price_unknown' | 'basis']?: unknown } & object

/** What costs are marked with that are not what they seem. */
const MARKS = [
  {
    mark: '*',
    is: ({ price_unknown: isUnknown }: Priced) => isUnknown === true,
    meaning: 'unpriced: the price book lacks the model, and UNKNOWN_MODEL_PRICE applied'
  },
  {
    mark: '~',
    is: ({ basis }: Priced) => basis === 'partial',
    meaning: 'estimated: the response broke off, and its output is counted from its text'
  },
  {
    mark: '?',
    is: ({ basis }: Priced) => basis === 'unknown',
    meaning: 'unknown: the upstream reported no usage, and nothing was charged'
  }
]

const COSTS = ['cost_usd', 'charged_usd']

const marksOf = (row: Priced) => MARKS.filter(({ is }) => is(row))

/** The same row with its costs marked. */
export function withMarks<Row extends Record<string, unknown>>(row: Row): Row {
  const marks = marksOf(row).map(({ mark }) => mark)
  return { ...row, ...Object.fromEntries(COSTS.map((field) => [field, `${String(row[field])}${marks.join('')}`])) }
}

/** What is to be said of one alone. */
export const meaningsOf = (event: Priced) => marksOf(event).map(({ meaning }) => meaning)

/** What the marks of these rows mean, a line each. */
export function legendOf(rows: readonly Priced[]): string[] {
  const given = new Set(rows.flatMap(marksOf))
  return MARKS.filter((mark) => given.has(mark)).map(({ mark, meaning }) => `${mark} ${meaning}.`)
}
