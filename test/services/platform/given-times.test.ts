import assert from 'node:assert/strict'
import { test } from 'node:test'
import { givenRange, givenTime } from '../../../services/platform/given-times.ts'

const NOW = Date.parse('2026-11-25T18:30:15.250Z')

test('a time is given as an instant, a day, by name or as a span', () => {
  const given: [text: string, ahead: string | null, ago?: string][] = [
    ['2027-01-01', '2027-01-01T00:00:00.000Z'],
    ['2027-01-01T02:00+02:00', '2027-01-01T00:00:00.000Z'],
    ['2027-01-01T00:00:00.5Z', '2027-01-01T00:00:00.500Z'],
    ['today', '2026-11-25T00:00:00.000Z'],
    ['yesterday', '2026-11-24T00:00:00.000Z'],
    ['tomorrow', '2026-11-26T00:00:00.000Z'],
    ['30d', '2026-12-25T18:30:15.250Z', '2026-10-26T00:00:00.000Z'],
    ['2w', '2026-12-09T18:30:15.250Z', '2026-11-11T00:00:00.000Z'],
    ['90m', '2026-11-25T20:00:15.250Z', '2026-11-25T17:00:00.000Z'],
    ['2h30m', '2026-11-25T21:00:15.250Z', '2026-11-25T16:00:00.000Z'],
    ['1d12h', '2026-11-27T06:30:15.250Z', '2026-11-24T06:00:00.000Z'],
    ['45s', '2026-11-25T18:31:00.250Z', '2026-11-25T18:29:30.000Z'],
    ['12h', '2026-11-26T06:30:15.250Z', '2026-11-25T06:00:00.000Z'],
    ['0000-01-01', '0000-01-01T00:00:00.000Z'],
    ...[
      '',
      '30',
      '30M',
      '30mo',
      '2m3h',
      '1.5h',
      '-1d',
      '9999999d',
      '999999w',
      'Today',
      '2027',
      '2027-02-30',
      '2027-13-01',
      '2027-01-01T00:00:00',
      '1/1/2027'
    ].map((text): [string, null] => [text, null]),
    ['0000-01-01T00:00:00+01:00', null],
    ['9999-12-31T23:59:59-01:00', null]
  ]
  for (const [text, ahead, ago = ahead] of given) {
    const [at, before] = [givenTime(text, NOW, 'ahead'), givenTime(text, NOW, 'ago')]
    assert.deepEqual(
      [at, before].map((time) => (time === null ? null : new Date(time).toISOString())),
      [ahead, ago],
      text
    )
  }
})

test('a stretch of the past begins before its end, and not in the future', () => {
  const given: [from: string | undefined, to: string | undefined, about: 'from' | 'to' | null, text?: RegExp][] = [
    [undefined, undefined, null],
    ['30d', undefined, null],
    ['yesterday', 'today', null],
    ['today', 'tomorrow', null],
    [undefined, '2030-01-01', null],
    ['2026-11-25T18:34:00Z', undefined, null],
    ['2026-11-25T18:36:00Z', undefined, 'from', /^must not lie in the future: .* 2026-11-25T18:36:00.000Z$/],
    ['tomorrow', '2030-01-01', 'from', /future/],
    ['today', 'today', 'from', /^must be earlier than the end/],
    ['1d', '2d', 'from', /2026-11-24T00:00:00.000Z is not before 2026-11-23T00:00:00.000Z$/],
    ['', undefined, 'from', /^must be a time such as/],
    ['today', '', 'to', /^must be a time such as/]
  ]
  for (const [from, to, about, text = /^$/] of given) {
    const { problem } = givenRange({ from, to }, NOW)
    assert.equal(problem?.about ?? null, about, `${from} ${to}`)
    assert.match(problem?.text ?? '', text)
  }
})
