import { Command } from 'commander'
import { readSettings } from '../services/set-up/settings.ts'
import type { ExplainedExchange } from '../services/traces/explain.ts'
import { withAdmin, type AskAdmin } from './admin-client.ts'
import { exchangeLines } from './print-exchange.ts'

export function whyCommand(): Command {
  return new Command('why')
    .description('Explains one request: its limits, waits, accounts and attempts, and what it cost')
    .argument('<exchange-id>', 'the x-sluice-exchange-id of the response')
    .option('--json', 'print JSON', false)
    .action((id: string, { json }: { json: boolean }) => withAdmin(readSettings(process.env), (ask) => why(ask, id, json)))
}

async function why(ask: AskAdmin, id: string, json: boolean): Promise<void> {
  const exchange = (await ask('GET', `/exchanges/${encodeURIComponent(id)}`)) as ExplainedExchange
  if (json) console.log(JSON.stringify(exchange, null, 2))
  else for (const line of exchangeLines(exchange)) console.log(line)
}
