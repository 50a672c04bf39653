import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArrivalQueue, type QueueEntry } from '../../../../services/gateway/slots/arrival-queue.ts'
import { fc } from '../../../support/fuzz.ts'

test('the oldest is always the earliest arrival left, in whatever order entries join and leave', () => {
  const arrivals = fc.uniqueArray(fc.nat({ max: 100 }))
  const removals = fc.array(fc.nat())
  fc.assert(
    fc.property(arrivals, removals, (arrivals, removals) => {
      const queue = new ArrivalQueue<number>()
      const entries: QueueEntry<number>[] = []
      const check = () => {
        const expected = entries.length === 0 ? null : Math.min(...entries.map(({ arrival }) => arrival))
        assert.equal(queue.oldest, expected)
        assert.equal(queue.size, entries.length)
      }
      const removeAt = (index: number) => {
        for (const entry of entries.splice(index, 1)) queue.remove(entry)
        check()
      }
      for (const arrival of arrivals) {
        entries.push(queue.insert(arrival, arrival))
        check()
        const removal = removals.pop()
        if (removal !== undefined && removal % 2 === 0) removeAt(removal % entries.length)
      }
      while (entries.length > 0) removeAt((removals.pop() ?? 0) % entries.length)
    })
  )
})
