import assert from 'node:assert/strict'
import { test } from 'node:test'
import { divideRounded, formatUsd, parseMultiplier, parseUsd } from '../../../../services/money/prices/money.ts'
import { fc } from '../../../support/fuzz.ts'

test('dollar amounts are read exactly, to the last of nine decimals', () => {
  assert.equal(parseUsd('12'), 12_000_000_000n)
  assert.equal(parseUsd('-0.5'), -500_000_000n)
  assert.equal(parseUsd('0.000000001'), 1n)
  assert.equal(parseUsd('123456789012345.000000001'), 123_456_789_012_345_000_000_001n)
})

test('what is no dollar amount is refused by name', () => {
  for (const text of ['', ' 1', '1 ', '1e3', '0.0000000001', '.5', '1.', '+1', '--1', '1,5', 'NaN', 'Infinity', '0x10', '١']) {
    assert.throws(() => parseUsd(text), { message: `not a dollar amount with at most nine decimals: ${JSON.stringify(text)}` })
  }
})

test('amounts are shown in their shortest form', () => {
  assert.equal(formatUsd(0n), '0')
  assert.equal(formatUsd(-500_000_000n), '-0.5')
  assert.equal(formatUsd(10_000_000_000n), '10')
  assert.equal(formatUsd(1n), '0.000000001')
})

test('every amount survives being written and read', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (nano) => parseUsd(formatUsd(nano)) === nano))
})

test('a multiplier is read in billionths and is never negative', () => {
  assert.equal(parseMultiplier('1.25'), 1_250_000_000n)
  assert.equal(parseMultiplier('0'), 0n)
  assert.throws(() => parseMultiplier('-1'), /not a multiplier: "-1" is negative/)
  assert.throws(() => parseMultiplier('one'), /not a multiplier/)
})

test('quotients are rounded to the nearest integer, halves away from zero', () => {
  const cases: [bigint, bigint, bigint][] = [
    [5n, 10n, 1n],
    [4n, 10n, 0n],
    [-5n, 10n, -1n],
    [-4n, 10n, 0n],
    [7n, 3n, 2n],
    [15n, 10n, 2n]
  ]
  for (const [numerator, denominator, expected] of cases) assert.equal(divideRounded(numerator, denominator), expected)
})

test('rounding is never off by more than half a unit', () => {
  const any = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
  fc.assert(
    fc.property(any, fc.bigInt({ min: 1n, max: 10n ** 20n }), (numerator, denominator) => {
      const off = 2n * (divideRounded(numerator, denominator) * denominator - numerator)
      return off <= denominator && off >= -denominator
    })
  )
})
