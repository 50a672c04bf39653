import { spawn } from 'node:child_process'
import { Command } from 'commander'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { runningServer } from './admin-client.ts'

interface Link {
  code: string
  url: string | null
  expires_at: string
}

export function consoleCommand(): Command {
  return new Command('console')
    .description('Prints a link that signs you in to the web console as the operator: once, and within ten minutes')
    .option('--no-open', 'only print the link, also on a desktop')
    .option('--json', 'print JSON', false)
    .action(async ({ open, json }: { open: boolean; json: boolean }) => {
      const server = await runningServer(readSettings(process.env))
      const link = (await server.ask('POST', '/console-links')) as Link
      const url = link.url ?? `${server.url}/console/enter#${link.code}`
      if (json) console.log(JSON.stringify({ url, expires_at: link.expires_at }, null, 2))
      else console.log(`${url}\n\nIt signs in as the operator, once, within ten minutes.`)
      if (open && !json) openInBrowser(url)
    })
}

/** Where there is a desktop; whether it worked is seen there. */
function openInBrowser(url: string): void {
  const isDesktop = process.platform === 'darwin' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])
  if (!isDesktop || !process.stdout.isTTY) return
  const opener = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true })
  // Where there is no such program the link is printed all the same.
  opener.on('error', () => {})
  opener.unref()
}
