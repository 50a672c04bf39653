/** One metric as the Prometheus text format gives it. */
export interface ExposedMetric {
  type: string
  help: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g

/** Reads a page of metrics; throws on a line that Prometheus could not read, and on a sample that no metric announced. */
export function readExposition(text: string): Map<string, ExposedMetric> {
  const metrics = new Map<string, ExposedMetric>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (keyword === 'HELP') metrics.set(name, { type: '', help: rest, samples: [] })
    else if (keyword === 'TYPE') metrics.get(name)!.type = rest
    else addSample(metrics, line)
  }
  return metrics
}

function addSample(metrics: Map<string, ExposedMetric>, line: string): void {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
  if (name === undefined) throw new Error(`not a sample: ${line}`)
  const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ''))
  if (metric === undefined) throw new Error(`no metric announced: ${line}`)
  const pairs = [...labels.matchAll(LABEL)].map(([, label, text]) => [label!, text!])
  metric.samples.push({ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) })
}

/** The sum of the samples of that name that have these labels. */
export function valueOf(metrics: Map<string, ExposedMetric>, name: string, labels: Record<string, string> = {}): number {
  const samples = [...metrics.values()].flatMap((metric) => metric.samples).filter((sample) => sample.name === name)
  const matching = samples.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
  return matching.reduce((sum, { value }) => sum + value, 0)
}
