import { Command } from 'commander'
import { systemClock } from '../services/clock.ts'
import { OperationError } from './failures.ts'
import { printResult } from './print-result.ts'

const TIMEOUT_MS = 5000

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Looks at all that a server needs, changes nothing, and says what is wrong and what to do')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { examine } = await import('../services/doctor/examine.ts')
      const findings = await examine(process.env, { clock: systemClock, timeoutMs: TIMEOUT_MS })
      printResult(findings, json, () => {
        for (const { check, ok, message, remedy } of findings) {
          console.log(`${ok ? 'ok     ' : 'PROBLEM'} ${check}: ${message}${remedy === null ? '' : `\n        ${remedy}`}`)
        }
      })
      const problems = findings.filter(({ ok }) => !ok).length
      if (problems > 0) throw new OperationError(problems === 1 ? 'there is 1 problem' : `there are ${problems} problems`)
    })
}
