import { Command } from 'commander'
import { readSettings } from '../services/resources/set-up/settings.ts'
import type { ExplainedExchange } from '../services/gateway/traces/explain.ts'
import { withAdmin, type AskAdmin } from './admin-client.ts'
import { UsageError } from './failures.ts'
import { exchangeLines } from './print-exchange.ts'

export function whyCommand(): Command {
  return new Command('why')
    .description('Explains one request: its limits, waits, accounts and attempts, and what it cost')
    .argument('<exchange-id>', 'the x-sluice-exchange-id of the response')
    .option('--json', 'print JSON', false)
    .action((id: string, { json }: { json: boolean }) => {
      if (!EXCHANGE_ID.test(id)) {
        throw new UsageError('not an exchange id: use the x-sluice-exchange-id of a response, a UUID')
      }
      return withAdmin(readSettings(process.env), (ask) => why(ask, id, json))
    })
}

const EXCHANGE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

async function why(ask: AskAdmin, id: string, json: boolean): Promise<void> {
  const exchange = (await ask('GET', `/exchanges/${id}`)) as ExplainedExchange
  if (json) console.log(JSON.stringify(exchange, null, 2))
  else for (const line of exchangeLines(exchange)) console.log(line)
}
