import { Command } from 'commander'
import { counted } from '../services/platform/counted.ts'
import { systemClock } from '../services/platform/clock.ts'
import type { Listed } from '../services/gateway/accounts/standings.ts'
import type { Running } from '../services/operations/doctor/examine-database.ts'
import type { Settings } from '../services/resources/set-up/settings.ts'
import { runningServer } from './admin-client.ts'
import { NegativeAnswer } from './failures.ts'
import { listRows } from './operated-rows.ts'
import { printResult } from './print-result.ts'
import type { Overview } from './top-frame.ts'

const TIMEOUT_MS = 5000

interface AccountRow extends Omit<Listed, 'problem' | 'cooldowns'> {
  error: string | null
  cooldowns: { kind: Listed['cooldowns'][number]['kind']; scope: string | null; reason: string; until: string }[]
}

/** From the server itself, whatever --url says: the embedded database is its own. */
async function askRunning(settings: Settings): Promise<Running> {
  const { ask } = await runningServer({ ...settings, commandServer: null })
  const rows = (await listRows(ask, '/accounts')) as unknown as AccountRow[]
  const accounts = rows.map(({ error, cooldowns, ...row }) => ({
    ...row,
    problem: error,
    cooldowns: cooldowns.map(({ kind, scope, reason, until }) => ({
      kind,
      scope: scope ?? '',
      reason,
      until: Date.parse(until)
    }))
  }))
  const { unserved_groups: unserved } = (await ask('GET', '/overview')) as Pick<Overview, 'unserved_groups'>
  return { accounts, unserved: unserved.map(({ name, reason }) => ({ group: name, reason })) }
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Checks everything a server needs, changes nothing, and says what to fix')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { examine } = await import('../services/operations/doctor/examine.ts')
      const findings = await examine(process.env, { clock: systemClock, timeoutMs: TIMEOUT_MS, askRunning })
      printResult(findings, json, () => {
        for (const { check, ok, message, remedy } of findings) {
          console.log(`${ok ? 'ok     ' : 'PROBLEM'} ${check}: ${message}${remedy === null ? '' : `\n        ${remedy}`}`)
        }
      })
      const problems = findings.filter(({ ok }) => !ok).length
      if (problems > 0) throw new NegativeAnswer(`${counted(problems, 'problem')} found`)
    })
}
