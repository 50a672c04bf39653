import type { AccountChoice, PassedOver, ServingAccount } from './account-directory.ts'
import type { AccountHealth, Standing } from './account-health.ts'
import type { CooldownKind } from './cooldowns.ts'
import { scopesOf } from './model-family.ts'

/** The accounts that a request may use now, out of those set up to serve it. */
export interface Selection {
  usable: ServingAccount[]
  /** They all rest for an overload, and are usable because nothing else is. */
  isLastResort: boolean
  passedOver: PassedOver[]
  /** Why none is usable, for the client and the log. */
  reason: string
  /** The kinds of cooldowns that keep accounts away; empty when none does. */
  coolingKinds: Set<CooldownKind>
  /** Epoch milliseconds at which the first of the cooling accounts is back; null when none is cooling. */
  soonestBackAt: number | null
  /** The same for one account; null when it isn't cooling. */
  backAtOf: (accountId: string) => number | null
  nameOf: (accountId: string) => string | null
}

/**
 * Leaves out the accounts that belong to somebody else and those that are cooling. An overload is the whole API's: when
 * nothing else is left, the accounts that rest for that alone are used all the same.
 */
export function openToUse(
  choice: AccountChoice,
  userId: string,
  health: Pick<AccountHealth, 'standing' | 'cooldownsOf'>
): Selection {
  const passedOver = [...choice.passedOver]
  const usable: ServingAccount[] = []
  const cooling: { serving: ServingAccount; standing: Extract<Standing, { state: 'out' }> }[] = []
  let others = 0
  for (const serving of choice.serving) {
    const { account, upstreamModel } = serving
    if (account.servesUserId !== null && account.servesUserId !== userId) {
      others += 1
      passedOver.push({ account: account.name, reason: "another user's own sign-in" })
      continue
    }
    const standing = health.standing(account.id, upstreamModel)
    if (standing.state === 'out') cooling.push({ serving, standing })
    else usable.push(serving)
  }

  const overloaded = cooling.filter(
    ({ serving, standing }) =>
      standing.cooldown.kind === 'overloaded' &&
      health
        .cooldownsOf(serving.account.id)
        .every(({ kind, scope }) => kind === 'overloaded' || !scopesOf(serving.upstreamModel).includes(scope))
  )
  const isLastResort = usable.length === 0 && overloaded.length > 0
  if (isLastResort) usable.push(...overloaded.map(({ serving }) => serving))
  const resting = cooling.filter(({ serving }) => !usable.includes(serving))
  for (const { serving, standing } of resting) {
    const until = new Date(standing.backAt).toISOString()
    passedOver.push({ account: serving.account.name, reason: `cooling until ${until}: ${standing.cooldown.reason}` })
  }

  const backAts = resting.map(({ standing }) => standing.backAt)
  return {
    usable,
    isLastResort,
    passedOver,
    reason: resting.length > 0 ? 'all are cooling down' : others > 0 ? 'the others belong to other users' : choice.reason,
    coolingKinds: new Set(resting.map(({ standing }) => standing.cooldown.kind)),
    soonestBackAt: backAts.length === 0 ? null : Math.min(...backAts),
    backAtOf: (id) => resting.find(({ serving }) => serving.account.id === id)?.standing.backAt ?? null,
    nameOf: (id) => choice.serving.find(({ account }) => account.id === id)?.account.name ?? null
  }
}
