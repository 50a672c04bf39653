import { spread } from './measure.ts'
import type { Spread } from './measure.ts'
import type { FigureSpec, Round, Scenario } from './scenarios.ts'
import type { Subject } from './subjects.ts'

/** One figure of one subject over all rounds. */
interface FigureReport {
  figure: string
  unit: string
  value: Spread
  /** What it is beside another subject's, or beside another figure of its own, in the same round; null where it stands alone. */
  against: { kind: 'ratio' | 'difference'; to: string; value: Spread } | null
  target: number | null
  isGood: boolean | null
}

interface SubjectReport {
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
  const valuesOf = (list: Round[], figure = spec.name) => list.map((round) => round.figures[figure] ?? NaN)
  const value = spread(valuesOf(own))
  const isGateway = name !== 'floor' && name !== 'direct'
  const to = spec.ratioWithin ?? besides?.subject ?? 'floor'
  const others = spec.ratioWithin === undefined ? rounds.get(to) : own
  const against =
    spec.compare === 'none' || !isGateway || others === undefined
      ? null
      : { kind: spec.compare, to, value: compared(spec.compare, valuesOf(own), valuesOf(others, spec.ratioWithin)) }
  const measured = spec.compare === 'none' && isGateway ? value : (against?.value ?? null)
  const target = measured === null ? null : (targetOf(spec, besides) ?? null)
  return {
    figure: spec.name,
    unit: spec.unit,
    value,
    against,
    target,
    isGood: target === null ? null : measured!.median <= target
  }
}

function compared(kind: 'ratio' | 'difference', values: number[], base: number[]): Spread {
  return spread(values.map((value, index) => (kind === 'ratio' ? value / (base[index] ?? NaN) : value - (base[index] ?? NaN))))
}

/** Beside another subject only CPU has a target, that subject's own; what stands alone or within a subject keeps its own. */
function targetOf(spec: FigureSpec, besides: Subject['besides']): number | undefined {
  if (besides === undefined || spec.ratioWithin !== undefined || spec.compare === 'none') return spec.target
  return spec.name.startsWith('CPU') ? besides.cpuTarget : undefined
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
  return [
    index === 0 ? subject.subject : '',
    figure.figure,
    `${digits(figure.value.median)} ${figure.unit}`,
    `${digits(figure.value.min)} – ${digits(figure.value.max)}`,
    comparison(figure),
    judgement(figure)
  ]
}

function comparison({ against, unit }: FigureReport): string {
  if (against === null) return ''
  const { kind, to, value } = against
  if (kind === 'ratio') return `${value.median.toFixed(2)}× ${to} (${value.min.toFixed(2)}–${value.max.toFixed(2)})`
  return `${signed(value.median)} ${unit} on ${to} (${signed(value.min)} – ${signed(value.max)})`
}

function judgement({ against, target, unit, isGood }: FigureReport): string {
  if (target === null) return ''
  return `≤ ${target}${against?.kind === 'ratio' ? '×' : ` ${unit}`} ${isGood === true ? 'ok' : 'MISSED'}`
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
