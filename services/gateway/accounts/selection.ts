import type { AccountChoice, PassedOver, ServingAccount } from './account-directory.ts'
import type { AccountHealth, Standing } from './account-health.ts'
import type { Cooldown } from '../../resources/accounts/cooldowns.ts'
import { OF_OTHERS } from '../../resources/accounts/why-no-account.ts'
import { scopesOf } from './model-family.ts'

/** Those of the accounts set up to serve a request that it may use now. */
export interface Selection {
  usable: ServingAccount[]
  /** All of them are cooling down from an overload, and are used because nothing else is available. */
  isLastResort: boolean
  passedOver: PassedOver[]
  /** Why none is usable, for the client and the log. */
  reason: string
  /** The cooldowns in the way, one for each account that could serve otherwise. */
  cooling: Cooldown[]
  /** Epoch milliseconds at which the first cooling account is available again; null when none is cooling. */
  soonestBackAt: number | null
  /** The same for one account; null when it isn't cooling. */
  backAtOf: (accountId: string) => number | null
  nameOf: (accountId: string) => string | null
}

/**
 * Leaves out the accounts that belong to somebody else and those that are cooling. An overload concerns the whole API: when
 * nothing else is left, accounts cooling down only from an overload are used anyway.
 */
export function openToUse(
  choice: AccountChoice,
  { userId, speed }: { userId: string; speed: string | null },
  health: Pick<AccountHealth, 'standing' | 'cooldownsOf' | 'errorOf'>
): Selection {
  const passedOver = [...choice.passedOver]
  const usable: ServingAccount[] = []
  const cooling: { serving: ServingAccount; standing: Extract<Standing, { state: 'out' }> }[] = []
  for (const serving of choice.serving) {
    const { account, upstreamModel } = serving
    if (account.servesUserId !== null && account.servesUserId !== userId) {
      passedOver.push({ account: account.name, state: 'of another user', reason: "another user's own sign-in" })
      continue
    }
    const error = health.errorOf(account.id)
    const standing = health.standing(account.id, upstreamModel, speed)
    if (error !== null) passedOver.push({ account: account.name, state: 'in error', reason: `in error: ${error}` })
    else if (standing.state === 'out') cooling.push({ serving, standing })
    else usable.push(serving)
  }

  const overloaded = cooling.filter(
    ({ serving, standing }) =>
      standing.cooldown.kind === 'overloaded' &&
      health
        .cooldownsOf(serving.account.id)
        .every(({ kind, scope }) => kind === 'overloaded' || !scopesOf(serving.upstreamModel, speed).includes(scope))
  )
  const isLastResort = usable.length === 0 && overloaded.length > 0
  if (isLastResort) usable.push(...overloaded.map(({ serving }) => serving))
  const unavailable = cooling.filter(({ serving }) => !usable.includes(serving))
  for (const { serving, standing } of unavailable) {
    const { until, reason: cause } = standing.cooldown
    const probed = standing.backAt < until ? `, tried again from ${new Date(standing.backAt).toISOString()}` : ''
    const reason = `cooling down until ${new Date(until).toISOString()}${probed}: ${cause}`
    passedOver.push({ account: serving.account.name, state: 'cooling down', reason })
  }

  const backAts = unavailable.map(({ standing }) => standing.backAt)
  return {
    usable,
    isLastResort,
    passedOver,
    reason: reasonOf(passedOver, choice.reason),
    cooling: unavailable.map(({ standing }) => standing.cooldown),
    soonestBackAt: backAts.length === 0 ? null : Math.min(...backAts),
    backAtOf: (id) => unavailable.find(({ serving }) => serving.account.id === id)?.standing.backAt ?? null,
    nameOf: (id) => choice.serving.find(({ account }) => account.id === id)?.account.name ?? null
  }
}

/** Describes the accounts briefly; `setUp` says why none is set up to serve. */
function reasonOf(passedOver: readonly PassedOver[], setUp: string): string {
  const relevant = passedOver.filter(({ state }) => state !== 'without the model')
  const byState = Map.groupBy(relevant, ({ state }) => state)
  if (byState.size === 1 && byState.has('cooling down')) return 'all are cooling down'
  if (byState.size === 1 && byState.has('of another user')) return OF_OTHERS
  const isPlain = [...byState.keys()].every((state) => state === 'disabled' || state === 'not schedulable')
  if (isPlain) return setUp
  return [...byState].map(([state, those]) => `${those.length} ${state}`).join(', ')
}
