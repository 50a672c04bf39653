const KNOWN: Readonly<Record<string, string>> = { claude_code: 'Claude Code' }
const LONGEST = 40

/** What a tool that signs in is called, by what it calls itself. */
export function clientNameOf(client: string | null): string {
  const said = (client ?? '').replace(/[^\w .-]+/g, ' ').trim()
  return KNOWN[said] ?? (said === '' ? 'A tool' : said.slice(0, LONGEST).trim())
}
