import type { Clock } from '../../platform/clock.ts'
import type { HeaderProfiles } from '../accounts/header-profiles.ts'
import type { BodyBudget } from '../request/body-budget.ts'
import { outgoingBody } from '../request/outgoing-body.ts'
import { startDeadline } from '../request/start-deadline.ts'
import { upstreamHeaders } from './forwarded-headers.ts'
import type { Sending, WireOptions } from './forwarder.ts'
import { runAttempt, type AttemptResult } from './upstream-attempt.ts'
import type { UpstreamPools } from './upstream-pools.ts'

interface WireParts {
  /** In ms. */
  config: { startTimeoutMs: number; usageDrainMs: number; upstreamHeadersTimeoutMs: number; upstreamIdleTimeoutMs: number }
  clock: Clock
  upstreamPools: UpstreamPools
  headerProfiles: HeaderProfiles
  bodyBudget: BodyBudget
}

/** Sends an exchange to the account that was chosen for it. */
export function createWire({ config, clock, upstreamPools, headerProfiles, bodyBudget }: WireParts) {
  /** Not async: its frame would keep the body until the response ends. */
  return function wire({ exchange, chosen, path, isRecorded }: Sending, options: WireOptions): Promise<AttemptResult> {
    const { credential, record, isFresh, onCommitted } = options
    const { account, upstreamModel } = chosen
    const { request } = exchange
    const body = outgoingBody(request, upstreamModel, bodyBudget)
    const headers = account.headerProfile ? headerProfiles.observeAndApply(account.id, exchange.headers) : exchange.headers
    const startBy = startDeadline(exchange, config)
    return runAttempt(body, {
      dispatcher: isFresh
        ? upstreamPools.freshDispatcherFor(account.origin, account.proxy)
        : upstreamPools.dispatcherFor(account.origin, account.proxy),
      path: account.basePath + path,
      headers: upstreamHeaders(headers, credential, { keepContentEncoding: body.encoded, oauth: account.type !== 'api-key' }),
      target: {
        client: exchange.stream,
        record,
        requestedModel: upstreamModel === request.model ? null : request.model,
        acceptEncoding: exchange.headers['accept-encoding']
      },
      clientGone: exchange.gone,
      drainMs: config.usageDrainMs,
      headersTimeoutMs: request.stream ? config.upstreamHeadersTimeoutMs : Math.max(1, startBy - clock.uptime()),
      idleTimeoutMs: config.upstreamIdleTimeoutMs,
      startBy,
      mayRepeat: request.stream || !isRecorded,
      onCommitted,
      ownTime: exchange.ownTime,
      clock
    })
  }
}
