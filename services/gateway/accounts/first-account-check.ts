import type { Logger } from 'pino'
import type { Clock } from '../../platform/clock.ts'
import { authorizationHeaders } from '../../resources/accounts/credentials.ts'
import type { UpstreamPools } from '../forwarding/upstream-pools.ts'
import type { AccountDirectory } from './account-directory.ts'
import { askAccount, CHEAPEST_MODEL } from './upstream-check.ts'

interface FirstAccountCheckOptions {
  directory: Pick<AccountDirectory, 'known' | 'find'>
  upstreamPools: Pick<UpstreamPools, 'dispatcherFor'>
  timeoutMs: number
  clock: Clock
  log: Pick<Logger, 'error' | 'warn'>
}

interface FirstAccountCheck {
  /** Checks the account of this name with its upstream, in the background. */
  start: (name: string) => void
  /** Gives up. Resolves when nothing is in progress any more. */
  stop: () => Promise<void>
}

/** Checks whether the account created from ANTHROPIC_API_KEY works, so that a wrong key is reported before a request fails. */
export function createFirstAccountCheck(options: FirstAccountCheckOptions): FirstAccountCheck {
  const { directory, upstreamPools, timeoutMs, clock, log } = options
  const stopping = new AbortController()
  let checked: Promise<void> | null = null

  /** Never rejects. */
  async function check(name: string): Promise<void> {
    try {
      const record = directory.known().find((known) => known.name === name)
      const account = record === undefined ? null : await directory.find(record.id)
      const credential = account === null ? null : authorizationHeaders(account.credentials, account.auth)
      if (account === null || credential === null) return
      const dispatcher = upstreamPools.dispatcherFor(account.origin, account.proxy)
      const asked = { model: CHEAPEST_MODEL, timeoutMs, signal: stopping.signal, dispatcher, clock }
      const { status, problem } = await askAccount(account, credential, asked)
      if (stopping.signal.aborted) return
      const facts = { account: name, problem }
      if (status === 401 || status === 403) log.error(facts, 'the upstream rejected ANTHROPIC_API_KEY: requests will fail')
      else if (status === null) log.warn(facts, 'ANTHROPIC_API_KEY could not be checked: the upstream is unreachable')
    } catch (err) {
      log.warn({ account: name, err }, 'ANTHROPIC_API_KEY was not checked')
    }
  }

  return {
    start(name) {
      checked = check(name)
    },
    async stop() {
      stopping.abort()
      await checked
    }
  }
}
