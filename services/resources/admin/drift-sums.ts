import { parseUsd } from '../../money/prices/money.ts'
import type { Comparison, Drift, DriftKind, DriftSums } from '../records/ledger-verification.ts'

/** Both together. */
export function addSums(some: DriftSums, more: DriftSums): DriftSums {
  const sums = { ...some }
  for (const [kind, { found, differenceNano }] of Object.entries(more) as [DriftKind, NonNullable<DriftSums[DriftKind]>][]) {
    const before = sums[kind] ?? { found: 0, differenceNano: 0n }
    sums[kind] = { found: before.found + found, differenceNano: before.differenceNano + differenceNano }
  }
  return sums
}

/** How many values of all kinds drifted. */
export const foundIn = (sums: DriftSums): number => Object.values(sums).reduce((total, { found }) => total + found, 0)

/** Sums drifts when the list is complete. */
export const sumsOf = (drifts: readonly Drift[]): DriftSums =>
  drifts.map((drift) => ({ [drift.kind]: { found: 1, differenceNano: differenceOf(drift) } })).reduce(addSums, {})

/** Sums the drifts of a comparison, which may list only some of them. */
export const sumOf = (kind: DriftKind, { found, differenceNano }: Comparison): DriftSums =>
  found === 0 ? {} : { [kind]: { found, differenceNano } }

function differenceOf({ field, recorded, recomputed }: Drift): bigint {
  if (!field.includes('_usd')) return 0n
  const difference = parseUsd(recorded ?? '0') - parseUsd(recomputed)
  return difference < 0n ? -difference : difference
}
