import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { suite, test } from 'node:test'
import { parse } from 'yaml'
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { readExposition, type ExposedMetric } from '../support/exposition.ts'
import { ask, startGateway } from '../support/gateway.ts'
import { partsOf, type ExpressionParts } from '../support/promql.ts'

interface Alert {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string; runbook_url: string }
}

interface Panel {
  title: string
  type: string
  gridPos: { h: number; w: number; x: number; y: number }
  targets?: { expr: string }[]
}

interface Documented {
  type: string
  labels: string[]
}

/** Given by Prometheus, not by us. */
const TARGET_LABELS = ['job', 'instance', 'le']

const fileOf = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

await suite('what is said about the metrics', { timeout: 120_000 }, async () => {
  const documented = readTables(await fileOf('docs/metrics.md'))
  const alerts = (parse(await fileOf('deploy/prometheus/alerts.yaml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
    ({ rules }) => rules
  )
  const dashboard = JSON.parse(await fileOf('deploy/grafana/sluice.json')) as { panels: Panel[] }
  const operations = await fileOf('docs/operations.md')

  test('the page has each metric that is printed, with its type and labels, and no other', async (t) => {
    const gateway = await startGateway(t)
    await (await gateway.messages(ask({ stream: true }))).arrayBuffer()
    const printed = readExposition(await (await gateway.getAdmin('/metrics')).text())
    assert.deepEqual([...documented.keys()].toSorted(), [...printed.keys()].toSorted())
    for (const [name, metric] of printed) {
      const { type, labels } = documented.get(name)!
      assert.equal(metric.type, type, name)
      // Those without samples yet are seen in test/e2e/metrics.test.ts.
      const seen = labelsOf(metric)
      if (seen !== null) assert.deepEqual(labels.toSorted(), seen, name)
      assert.notEqual(metric.help, '')
    }
  })

  for (const { alert, expr } of alerts) test(`${alert} asks for what there is`, () => assertAsksForWhatThereIs(expr))

  test('each panel of the dashboard asks for what there is', () => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row')
    assert.ok(panels.length > 20)
    for (const { title, targets = [] } of panels) {
      assert.ok(targets.length > 0, title)
      for (const { expr } of targets) assertAsksForWhatThereIs(expr)
    }
  })

  test('the dashboard has its rows, and its panels do not cover each other', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    assert.deepEqual(rows, ['Streams', 'Queue', 'Accounts', 'Usage', 'Health'])
    const cells = new Set<string>()
    for (const { title, gridPos } of dashboard.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!cells.has(`${x} ${y}`), title)
          cells.add(`${x} ${y}`)
        }
      }
    }
  })

  test('each metric of ours is on the dashboard', () => {
    const shown = new Set(
      dashboard.panels.flatMap(({ targets = [] }) =>
        targets.flatMap(({ expr }) => partsOf(expr).selectors.map(({ metric }) => metricOf(metric)))
      )
    )
    for (const name of documented.keys()) if (name.startsWith('sluice_')) assert.ok(shown.has(name), name)
  })

  test('each alarm has its section in the operations page, and no section is without one', () => {
    const sections = [...operations.matchAll(/^### (\w+)$/gm)].map(([, title = '']) => title)
    assert.deepEqual(sections.toSorted(), alerts.map(({ alert }) => alert).toSorted())
    for (const { alert, annotations } of alerts) {
      assert.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`)
      const section = operations.split(`### ${alert}\n`)[1]?.split('\n#')[0] ?? ''
      assert.ok(section.trim().length > 100, `${alert}: ${section}`)
    }
  })

  test('the alarms are rules that the Prometheus operator takes too', async () => {
    const rule = new PrometheusRule({
      metadata: { name: 'sluice' },
      spec: parse(await fileOf('deploy/prometheus/alerts.yaml')) as PrometheusRule['spec']
    })
    rule.validate()
    for (const { alert, labels, annotations } of alerts) {
      assert.ok(['info', 'warning', 'critical'].includes(labels.severity), alert)
      assert.notEqual(annotations.summary, '')
    }
  })

  test('pages linked to are there', async () => {
    for (const page of ['docs/metrics.md', 'docs/operations.md']) {
      for (const [, link = ''] of (await fileOf(page)).matchAll(/\]\(([\w./-]+)\)/g)) {
        if (!link.startsWith('http')) await fileOf(`docs/${link}`)
      }
    }
  })

  function metricOf(name: string): string {
    const base = name.replace(/_(bucket|sum|count)$/, '')
    return documented.get(base)?.type === 'histogram' ? base : name
  }

  /** Metrics and labels that are documented; a histogram only by its parts. */
  function assertAsksForWhatThereIs(expression: string): void {
    const { selectors, groupLabels }: ExpressionParts = partsOf(expression.replaceAll('$__rate_interval', '5m'))
    assert.ok(selectors.length > 0, expression)
    const all = new Set(TARGET_LABELS)
    for (const { metric, matchers } of selectors) {
      const found = documented.get(metricOf(metric))
      assert.ok(found !== undefined, `${metric} in ${expression}`)
      assert.equal(found.type === 'histogram', metricOf(metric) !== metric, `${metric} in ${expression}`)
      for (const label of found.labels) all.add(label)
      for (const { label } of matchers) {
        assert.ok(found.labels.includes(label) || TARGET_LABELS.includes(label), `${metric}{${label}} in ${expression}`)
      }
    }
    for (const label of groupLabels) assert.ok(all.has(label), `${label} in ${expression}`)
  }
})

/** Without that of a histogram's buckets; null where nothing was counted yet. */
function labelsOf({ samples }: ExposedMetric): string[] | null {
  if (samples.length === 0) return null
  return [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].filter((label) => label !== 'le').toSorted()
}

/** The rows of the page's tables that are about metrics. */
function readTables(page: string): Map<string, Documented> {
  const rows = page.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \| ((?:`\w+` ?)*)\| (.+) \|$/gm)
  return new Map(
    [...rows].map(([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label!) }
    ])
  )
}
