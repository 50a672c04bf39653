/** How many accounts a group has, how many of them are active, and how many of these serve the keys of some user. */
export interface AccountCounts {
  all: number
  active: number
  own: number
}

export const OF_OTHERS = 'the others belong to other users'

/** Why no account of a group is set up to serve a user, whatever the model; null when one is. */
export function whyNoAccount(group: string, { all, active, own }: AccountCounts): string | null {
  if (all === 0) return `group ${group} has no accounts`
  if (active === 0) return `no account of group ${group} is active`
  return own === 0 ? OF_OTHERS : null
}
