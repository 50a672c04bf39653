import type { Command } from 'commander'
import type { AskAdmin } from './admin-client.ts'
import { describe, type Description, type Found } from './declared-form.ts'
import { command, listRows, onAdmin } from './operated-rows.ts'
import { printResult } from './print-result.ts'

export function exportCommand(): Command {
  return command('export', 'Prints the current state as a declarative file, with a variable for each secret').action(
    ({ json }: { json: boolean }) =>
      onAdmin(async (ask) => {
        const description = describe(await findAll(ask), Date.now())
        for (const warning of description.warnings) console.error(`warning: ${warning}`)
        const { stringify } = await import('yaml')
        printResult(description.file, json, () => printFile(description, stringify(description.file, { lineWidth: 0 })))
      })
  )
}

/** All that can be declared, as the admin API lists it. */
export async function findAll(ask: AskAdmin): Promise<Found> {
  const list = (path: string) => listRows(ask, path)
  return {
    groups: await list('/groups'),
    proxies: await list('/proxies'),
    accounts: await list('/accounts'),
    users: await list('/users'),
    keys: await list('/keys'),
    subscriptions: await list('/subscriptions'),
    workloadRules: await list('/workload-rules'),
    teams: await list('/teams'),
    raises: await list('/raises')
  }
}

function printFile({ variables }: Description, text: string): void {
  if (variables.length > 0) console.log('# The secrets that these variables stand for are not in this file:')
  for (const variable of variables) console.log(`#   ${variable}`)
  process.stdout.write(text)
}
