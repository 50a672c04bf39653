/** What somebody typed who adds people: an address a line. */
export interface PersonLine {
  /** Of the text, from 1. */
  number: number
  email: string
  /** The same address stands above it. */
  isRepeated: boolean
}

/** The lines that say something; addresses are the same in upper and lower case. */
export function readLines(text: string): PersonLine[] {
  const seen = new Set<string>()
  return text.split('\n').flatMap((line, index) => {
    const email = line.trim().replace(/[,;]$/, '')
    if (email === '') return []
    const known = email.toLowerCase()
    const isRepeated = seen.has(known)
    seen.add(known)
    return [{ number: index + 1, email, isRepeated }]
  })
}

/** What everybody who is added gets. */
export interface Gift {
  role: 'admin' | 'viewer' | 'user'
  concurrency: number
  /** An amount as a decimal string; empty is none. */
  balance: string
  /** Empty: no key. */
  keyName: string
  keyGroup: string | null
  subscription: string | null
  days: number
}

/** A declarative file with one user a line, so that the line of a problem is theirs. */
export function fileOf(emails: readonly string[], gift: Gift): string {
  const { role, concurrency, balance, keyName, keyGroup, subscription, days } = gift
  const rest = {
    role,
    concurrency,
    ...(balance.trim() === '' ? {} : { balance_usd: balance.trim() }),
    ...(keyName.trim() === '' ? {} : { keys: [{ name: keyName.trim(), ...(keyGroup === null ? {} : { group: keyGroup }) }] }),
    ...(subscription === null ? {} : { subscriptions: [{ group: subscription, days }] })
  }
  return `{"users": [${emails.map((email) => JSON.stringify({ email, ...rest })).join(',\n')}]}`
}

export interface Problems {
  /** By the line of the file, from 1. */
  byLine: ReadonlyMap<number, string>
  /** Of no line. */
  others: readonly string[]
}

/** What the API found wrong with such a file: lines such as `file:3:5 users[2].email must be …`. */
export function problemsOf(message: string): Problems {
  const byLine = new Map<number, string>()
  const others: string[] = []
  for (const problem of message.split('\n')) {
    const [, line, text] = /^file:(\d+):\d+ (?:users\[\d+\]\.)?(.*)$/.exec(problem) ?? []
    if (line === undefined || text === undefined) others.push(problem)
    else byLine.set(Number(line), byLine.has(Number(line)) ? `${byLine.get(Number(line))}; ${text}` : text)
  }
  return { byLine, others }
}
