import type { ApplyReport } from '../services/resources/set-up/apply-report.ts'

/** Prints a plan a line a thing, then what deserves attention; warnings go to stderr. */
export function printReport({ plan, warnings, created_keys: createdKeys }: ApplyReport, { dryRun }: { dryRun: boolean }): void {
  for (const { action, kind, name, changes } of plan) {
    const details = changes.map(({ field, from, to }) => `${field}: ${from} → ${to}`).join(', ')
    console.log(`${action.padEnd(9)}  ${kind.padEnd(12)}  ${name}${details === '' ? '' : `  (${details})`}`)
  }
  for (const warning of warnings) console.error(`warning: ${warning}`)
  const count = (action: string) => plan.filter((line) => line.action === action).length
  const totals = `${count('create')} to create, ${count('change')} to change, ${count('unchanged')} unchanged.`
  console.log(
    dryRun
      ? `Dry run, nothing was done: ${totals}`
      : `Done: ${totals.replaceAll('to create', 'created').replaceAll('to change', 'changed')}`
  )
  if (createdKeys.length > 0) console.log('\nGenerated client keys, shown this once:')
  for (const { email, name, key } of createdKeys) console.log(`  ${email}/${name}  ${key}`)
}
