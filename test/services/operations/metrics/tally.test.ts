import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { createTally } from '../../../../services/operations/metrics/tally.ts'

test('sums are told by their labels, the same however often they are asked for', async () => {
  const registry = new Registry()
  const requests = createTally({ registry, name: 'requests_total', help: 'Requests.', labelNames: ['kind', 'outcome'] })
  const cost = createTally({ registry, name: 'cost_total', help: 'Cost.', labelNames: ['model'] })
  const chunks = createTally({ registry, name: 'chunks_total', help: 'Chunks.' })
  assert.match(await registry.metrics(), /^chunks_total 0$/m)
  requests.add(1, 'messages', 'completed')
  requests.add(2, 'messages', 'cut')
  requests.add(1, 'messages', 'completed')
  cost.add(0.25, 'a "model"')
  chunks.add(3)
  const told = await registry.metrics()
  assert.deepEqual(
    told.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    [
      'requests_total{kind="messages",outcome="completed"} 2',
      'requests_total{kind="messages",outcome="cut"} 2',
      'cost_total{model="a \\"model\\""} 0.25',
      'chunks_total 3'
    ]
  )
  assert.equal(await registry.metrics(), told)
})
