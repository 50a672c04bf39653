import { clock } from './account-outages.ts'
import type { SoakReport } from './run-soak.ts'

const MOST_VIOLATIONS = 40

/** The report as text: what happened in numbers, then each violation. */
export function summaryOf(report: SoakReport): string {
  const { responses, justified, book, tokens, messages, events, memoryMib, serverLog, violations } = report
  const succeeded = responses.filter(({ whole, error }) => whole && error === null).length
  const left = responses.filter((seen) => seen.left).length
  const failed = responses.length - succeeded - left
  const perRequest = Map.groupBy(book.calls, ({ request }) => request.number)
  const retried = [...perRequest.values()].filter((calls) => calls.length > 1).length
  const rows: [string, number | string][] = [
    ['requests', responses.length],
    ['  answered whole', succeeded],
    ['  left by their clients', left],
    ['  with an error', failed],
    ...countRows(
      justified.map(({ reason }) => reason),
      '    '
    ),
    ['calls upstream', book.calls.length],
    ...countRows(
      book.calls.map(({ account }) => account.name),
      '  to '
    ),
    ['requests with more than one call', retried],
    ['faults', book.calls.filter(({ fault }) => fault.kind !== 'none').length],
    ...countRows(
      book.calls.map(({ fault }) => fault.kind).filter((kind) => kind !== 'none'),
      '  '
    ),
    ['cooldowns that the upstream told of', book.calls.filter(({ fault }) => fault.cause !== null).length],
    ['accounts put to use again by the operator', [...book.clearedAt.values()].flat().length],
    ['sign-ins renewed', tokens.renewals],
    ['renewals that failed', tokens.failures],
    ['messages begun upstream', messages],
    ['usage events', events],
    ["the server's memory in MiB, by tenths", memoryMib.join(' ')],
    ['errors in its log', serverLog.length],
    ['violations', violations.length]
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  return [...table, ...serverLog.slice(0, 5), ...violations.slice(0, MOST_VIOLATIONS).map((text) => `VIOLATION ${text}`)].join(
    '\n'
  )
}

/** How often each occurs, the most frequent first. */
function countRows(names: readonly string[], prefix: string): [string, number][] {
  const groups = [...Map.groupBy(names, (name) => name)].map(([name, all]): [string, number] => [prefix + name, all.length])
  return groups.toSorted(([, a], [, b]) => b - a)
}

/** The beginning of a run's output. */
export const headline = (seed: number, minutes: number) =>
  `soak: ${minutes} minutes, SOAK_SEED=${seed}, begun at ${clock(Date.now())} UTC`
