import type { Clock } from '../../platform/clock.ts'
import { authorizationHeaders } from '../../resources/accounts/credentials.ts'
import type { ModelRules } from '../../resources/accounts/model-mapping.ts'
import type { UpstreamPools } from '../forwarding/upstream-pools.ts'
import type { UpstreamAccount } from './account-directory.ts'
import { askAccount, CHEAPEST_MODEL, type UpstreamCheck } from './upstream-check.ts'

interface AccountTestOptions {
  upstreamPools: Pick<UpstreamPools, 'dispatcherFor'>
  timeoutMs: number
  clock: Clock
}

/** The parts of an account needed to ask its upstream; it need not be stored. */
type TestedAccount = Pick<UpstreamAccount, 'type' | 'origin' | 'basePath' | 'proxy' | 'credentials' | 'auth'>

/** A model that the account's upstream is likely to have, because the account names it. */
export const modelToTest = ({ modelMapping, allowedModels, acceptedModels }: ModelRules): string =>
  [...Object.values(modelMapping), ...(allowedModels ?? []), ...acceptedModels][0] ?? CHEAPEST_MODEL

/** Asks the upstream of an account to count the tokens of one word. Resolves within twice `timeoutMs`, whatever happens. */
export function createAccountTest({ upstreamPools, timeoutMs, clock }: AccountTestOptions) {
  const ask = (account: TestedAccount, credential: Record<string, string>, model: string) =>
    askAccount(account, credential, {
      dispatcher: upstreamPools.dispatcherFor(account.origin, account.proxy),
      model,
      timeoutMs,
      clock
    })

  /** The key may have been refused only because this upstream expects it in another header. */
  async function withOtherAuth(account: TestedAccount, problem: string | null, model: string): Promise<string | null> {
    const { type, credentials, auth } = account
    const other = auth === 'bearer' ? 'x-api-key' : 'bearer'
    const headers = authorizationHeaders(credentials, other)
    if (type !== 'api-key' || headers === null || !(await ask(account, headers, model)).isOk) return problem
    return `${problem}: this upstream takes the key with auth: ${other}, and the account says ${auth}`
  }

  return async (account: TestedAccount, credential: Record<string, string>, model: string): Promise<UpstreamCheck> => {
    const check = await ask(account, credential, model)
    if (check.status !== 401) return check
    return { ...check, problem: await withOtherAuth(account, check.problem, model) }
  }
}
