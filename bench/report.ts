import { spread } from './measure.ts'
import type { Spread } from './measure.ts'
import type { FigureSpec, Round, Scenario } from './scenarios.ts'
import type { Subject } from './subjects.ts'

/** One figure of one subject over all rounds. */
export interface FigureReport {
  figure: string
  unit: string
  value: Spread
  /** To the floor in the same round, or to what the subject stands beside. */
  ratio: Spread | null
  ratioTo: string
  /** Added to direct in the same round. */
  added: Spread | null
  target: number | null
  isGood: boolean | null
}

export interface SubjectReport {
  subject: string
  figures: FigureReport[]
  errors: number
  busy: { gateway: number; loadCore: number }
}

export interface ScenarioReport {
  scenario: string
  title: string
  rounds: number
  subjects: SubjectReport[]
}

/** Ratios are taken round by round, so that what slows the machine for a while slows both sides of one. */
export function report(
  scenario: Scenario,
  rounds: Map<string, Round[]>,
  subjects: readonly Pick<Subject, 'name' | 'besides'>[] = []
): ScenarioReport {
  const besides = new Map(subjects.map((subject) => [subject.name, subject.besides]))
  return {
    scenario: scenario.name,
    title: scenario.title,
    rounds: Math.max(0, ...[...rounds.values()].map((list) => list.length)),
    subjects: [...rounds].map(([subject, own]) => ({
      subject,
      figures: scenario.figures.map((spec) =>
        figureReport(spec, { name: subject, besides: besides.get(subject) }, own, rounds)
      ),
      errors: own.reduce((sum, round) => sum + round.errors, 0),
      busy: {
        gateway: spread(own.map((round) => round.busy.gateway)).median,
        loadCore: spread(own.map((round) => round.busy.loadCore)).median
      }
    }))
  }
}

function figureReport(
  spec: FigureSpec,
  { name, besides }: { name: string; besides: Subject['besides'] },
  own: Round[],
  rounds: Map<string, Round[]>
): FigureReport {
  const values = own.map((round) => round.figures[spec.name] ?? NaN)
  const beside = (other: string) => rounds.get(other)?.map((round) => round.figures[spec.name] ?? NaN)
  const ratioTo = spec.ratioWithin === undefined ? (besides?.subject ?? 'floor') : ''
  const base = ratioTo === '' ? own.map((round) => round.figures[spec.ratioWithin ?? ''] ?? NaN) : beside(ratioTo)
  const direct = beside('direct')
  const ratio =
    spec.compare === 'ratio' && name !== 'floor' && name !== 'direct' && base !== undefined
      ? spread(values.map((value, index) => value / (base[index] ?? NaN)))
      : null
  const added =
    spec.compare === 'difference' && name !== 'direct' && direct !== undefined
      ? spread(values.map((value, index) => value - (direct[index] ?? NaN)))
      : null
  const isOwnTarget = besides !== undefined && spec.ratioWithin === undefined
  const wanted = isOwnTarget ? (spec.name.startsWith('CPU') ? besides.cpuTarget : undefined) : spec.target
  const target = ratio === null ? null : (wanted ?? null)
  return {
    figure: spec.name,
    unit: spec.unit,
    value: spread(values),
    ratio,
    ratioTo: ratioTo === '' ? (spec.ratioWithin ?? '') : ratioTo,
    added,
    target,
    isGood: target === null || ratio === null ? null : ratio.median <= target
  }
}

export function formatScenario({ title, rounds, subjects }: ScenarioReport): string {
  const rows = subjects.flatMap((subject) => [
    ...subject.figures
      .filter((figure) => !Number.isNaN(figure.value.median))
      .map((figure, index) => row(subject, figure, index)),
    ...(subject.errors > 0 ? [['', 'errors', String(subject.errors), '', '', '']] : [])
  ])
  const table = [['', 'figure', 'median', 'min – max', 'against', 'target'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? '').length))) ?? []
  const lines = table.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
  const busy = subjects.map(({ subject, busy }) => {
    const gateway = Number.isNaN(busy.gateway) ? '' : `gateway ${percent(busy.gateway)}, `
    return `${subject}: ${gateway}load and upstream ${percent(busy.loadCore)}`
  })
  return [`${title} (${rounds} rounds)`, ...lines, `  busy — ${busy.join('; ')}`, ''].join('\n')
}

function row(subject: SubjectReport, figure: FigureReport, index: number): string[] {
  const against =
    figure.ratio !== null
      ? `${figure.ratio.median.toFixed(2)}× ${figure.ratioTo} (${figure.ratio.min.toFixed(2)}–${figure.ratio.max.toFixed(2)})`
      : figure.added === null
        ? ''
        : `${signed(figure.added.median)} ms on direct (${signed(figure.added.min)} – ${signed(figure.added.max)})`
  const target = figure.target === null ? '' : `≤ ${figure.target}× ${figure.isGood === true ? 'ok' : 'MISSED'}`
  return [
    index === 0 ? subject.subject : '',
    figure.figure,
    `${digits(figure.value.median)} ${figure.unit}`,
    `${digits(figure.value.min)} – ${digits(figure.value.max)}`,
    against,
    target
  ]
}

function digits(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 3)
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
