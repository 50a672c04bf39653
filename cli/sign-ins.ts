import type { Command } from 'commander'
import { signIns as definition } from '../services/resources/sign-ins/definition.ts'
import { onAdmin } from './operated-rows.ts'
import { printResult } from './print-result.ts'
import { resourceCommand, rowsOf, SHOWN_ONLY } from './resource-commands.ts'

export function signInsCommand(): Command {
  const { onOneConfirmed, path, find } = rowsOf(definition)
  return resourceCommand(definition, 'Shows and ends sign-ins of tools such as Claude Code', SHOWN_ONLY).addCommand(
    onOneConfirmed('revoke', 'Signs a tool out for good: its person has to let it in again', 'end', (names, json) =>
      onAdmin(async (ask) => {
        await ask('DELETE', `${path}/${(await find(ask, names)).id}`)
        printResult({ revoked: names[0] }, json, () => console.log(`Revoked sign-in ${String(names[0])}.`))
      })
    )
  )
}
