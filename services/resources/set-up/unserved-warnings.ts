import type { Values } from '../definition.ts'

/** What is declared or stored, in the terms of a declarative file. */
interface DeclaredRows {
  groups: readonly Values[]
  accounts: readonly Values[]
  users: readonly Values[]
  keys: readonly Values[]
  /** Each of which has a key. */
  workloadRules: readonly Values[]
}

/**
 * Lists groups with usable keys but no account to serve them. Ignores the state and owners of accounts. `now` is in epoch
 * milliseconds.
 */
export function unservedWarnings({ groups, accounts, users, keys, workloadRules }: DeclaredRows, now: number): string[] {
  const active = new Set(users.filter(isActive).map(({ email }) => email))
  const all = [...keys, ...workloadRules]
  const used = new Set(all.filter((key) => active.has(key['user']) && isUsable(key, now)).map(({ group }) => group))
  return groups.flatMap((group) => {
    const { name } = group
    if (!isActive(group) || !used.has(name)) return []
    const serving = accounts.filter((account) => (account['groups'] as unknown[]).includes(name))
    if (serving.some(({ status, schedulable }) => status !== 'disabled' && schedulable !== false)) return []
    const why = serving.length === 0 ? 'no account serves it' : 'the accounts that serve it are disabled'
    return [`group ${String(name)} has keys, but ${why}: their requests are refused`]
  })
}

const isActive = ({ status }: Values) => status === 'active'

const isUsable = (key: Values, now: number) =>
  isActive(key) && !(typeof key['expires_at'] === 'string' && Date.parse(key['expires_at']) <= now)
