import type { Command } from 'commander'
import { pauses as definition } from '../services/resources/pauses/definition.ts'
import { command, onAdmin, printRow, type AdminRow, type Common } from './operated-rows.ts'
import { spanBetween } from './option-values.ts'
import { saying } from './option-words.ts'
import { printResult } from './print-result.ts'
import { resourceCommand, SHOWN_ONLY } from './resource-commands.ts'

const MINUTE_MS = 60_000

export const pausesCommand = (): Command => resourceCommand(definition, 'Shows what brakes, or people, have paused', SHOWN_ONLY)

export const pauseCommand = (): Command =>
  saying(
    command('pause', 'Pauses a key, or a session of it; what is running goes on to its end')
      .argument('<email>')
      .argument('<key>')
      .requiredOption('--reason <text>', 'why, as the client reads it')
      .option('--session <id>', 'only this session, as its client names it')
      .option('--agent <id>', 'only this agent of the session')
      .option('--for <duration>', 'how long, such as 30m or 8h; until it is resumed when left out', spanBetween('1m', '30d'))
      .action(
        (
          user: string,
          key: string,
          { json, for: lengthMs = 0, ...given }: Common & { reason: string; session?: string; agent?: string; for?: number }
        ) =>
          onAdmin(async (ask) => {
            const { reason, session, agent } = given
            const minutes = Math.ceil(lengthMs / MINUTE_MS)
            printRow((await ask('POST', '/pauses', { user, key, session, agent, reason, minutes })) as AdminRow, json)
          })
      ),
    { user: '<email>', key: '<key>', reason: '--reason', session: '--session', agent: '--agent', minutes: '--for' }
  )

export const resumeCommand = (): Command =>
  command('resume', 'Ends a pause before its time')
    .argument('<id>')
    .action((id: string, { json }: Common) =>
      onAdmin(async (ask) => {
        const row = (await ask('POST', `/pauses/${encodeURIComponent(id)}/resume`)) as AdminRow
        printResult(row, json, () => console.log(`Resumed ${String(row['user_email'])}/${String(row['key'])}.`))
      })
    )
