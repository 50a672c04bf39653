const KNOWN: Readonly<Record<string, string>> = { claude_code: 'Claude Code' }
const LONGEST = 40

/** The display name of a tool that signs in, by its own identifier. */
export function clientNameOf(client: string | null): string {
  const said = (client ?? '').replace(/[^\w .-]+/g, ' ').trim()
  return KNOWN[said] ?? (said === '' ? 'A tool' : said.slice(0, LONGEST).trim())
}
