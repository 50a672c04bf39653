import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { onStopSignals } from '../../../services/platform/stop-signals.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

test('the first signal stops, its echo is none, and a later or another one hurries', () => {
  for (const [signals, expected] of [
    [[['SIGTERM', 0]], ['stop SIGTERM']],
    [
      [
        ['SIGINT', 0],
        ['SIGINT', 0],
        ['SIGINT', 499]
      ],
      ['stop SIGINT']
    ],
    [
      [
        ['SIGINT', 0],
        ['SIGINT', 500]
      ],
      ['stop SIGINT', 'hurry']
    ],
    [
      [
        ['SIGTERM', 0],
        ['SIGINT', 1],
        ['SIGTERM', 2]
      ],
      ['stop SIGTERM', 'hurry']
    ],
    [
      [
        ['SIGTERM', 0],
        ['SIGTERM', 1],
        ['SIGTERM', 600],
        ['SIGTERM', 1]
      ],
      ['stop SIGTERM', 'hurry', 'hurry']
    ]
  ] as const) {
    const clock = createVirtualClock()
    const source = new EventEmitter()
    const done: string[] = []
    onStopSignals({ clock, source, stop: (signal) => done.push(`stop ${signal}`), hurry: () => done.push('hurry') })
    for (const [signal, afterMs] of signals) {
      clock.leap(afterMs)
      source.emit(signal, signal)
    }
    assert.deepEqual(done, expected)
  }
})
