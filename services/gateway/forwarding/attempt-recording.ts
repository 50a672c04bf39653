import type { Logger } from 'pino'
import type { Journal } from '../../money/journal/journal.ts'
import { priceAttempt } from '../../money/prices/attempt-price.ts'
import type { PriceTimeline } from '../../money/prices/price-timeline.ts'
import type { PricedUsage } from '../../money/prices/pricing.ts'
import { createAttemptRecorder, type AttemptRecorder } from '../../money/usage/attempt-recorder.ts'
import type { ClosedRecord, SentRecord } from '../../money/usage/attempt-records.ts'
import type { Clock } from '../../platform/clock.ts'
import { journalUnavailable } from '../../platform/gateway-errors.ts'
import type { MessageHomes } from '../accounts/message-homes.ts'
import type { BrakesCheck } from '../brakes/brakes.ts'
import type { BillingEligibility } from '../eligibility/billing-eligibility.ts'
import type { RecentCosts } from '../eligibility/recent-costs.ts'
import type { Exchange } from '../request/exchange.ts'
import { modelLabel } from '../request/outcomes.ts'
import type { Slots } from '../slots/slots.ts'
import type { ChosenAccount } from './account-chooser.ts'

/** The longer of the upstream's two cache lifetimes. */
const HOUR_MS = 3_600_000

interface AttemptRecordingOptions {
  journal: Journal
  clock: Clock
  progressIntervalMs: number
  prices: PriceTimeline
  eligibility: Pick<BillingEligibility, 'charged'>
  brakes: Pick<BrakesCheck, 'charged'>
  recentCosts: Pick<RecentCosts, 'note'>
  messageHomes: Pick<MessageHomes, 'remember'>
  metrics: { used: (priced: PricedUsage, labelOf: (model: string | null) => string) => void }
  slots: Pick<Slots, 'noteUse'>
  log: Pick<Logger, 'warn'>
}

/**
 * Journals that a request is about to be sent, and what it used. Throws 503 when the journal is full or failing: then it must not
 * be sent.
 */
export function createAttemptRecording(options: AttemptRecordingOptions) {
  const { journal, clock, progressIntervalMs, prices, eligibility, brakes, recentCosts, messageHomes, metrics, slots, log } =
    options

  function onClosed(exchange: Exchange, sent: SentRecord, closed: ClosedRecord) {
    const book = prices.at(sent.createdAt)
    const priced = priceAttempt(sent, closed, book)
    const { usage, basis, firstByteMs } = closed
    const { costNano, chargedNano } = priced
    exchange.uses.push({ usage, basis, costNano, chargedNano, firstByteMs })
    eligibility.charged(sent, priced)
    recentCosts.note(sent.keyId, sent.requestedModel, costNano)
    if (costNano > 0n) releaseReservation(exchange)
    brakes.charged(exchange, chargedNano)
    metrics.used(priced, (model) => modelLabel(model, book, sent.createdAt))
    noteUse(exchange, sent, closed)
    return priced
  }

  /** Its cost stands in its place; another attempt needs another one. */
  function releaseReservation(exchange: Exchange): void {
    exchange.reservation?.release()
    exchange.reservation = null
  }

  function noteUse({ sessionKey: session }: Exchange, sent: SentRecord, { basis, usage }: ClosedRecord): void {
    if (session === null || basis === 'unknown') return
    const { cacheReadTokens, cacheCreation1hTokens } = usage
    const cacheTtlMs = cacheCreation1hTokens > 0 ? HOUR_MS : 0
    slots
      .noteUse({ session, accountId: sent.accountId, model: sent.requestedModel, cacheReadTokens, cacheTtlMs })
      .catch((err: unknown) => log.warn({ err }, "a session's binding could not be renewed"))
  }

  return (exchange: Exchange, { account, upstreamModel }: ChosenAccount): AttemptRecorder => {
    const { client, request } = exchange
    const subject = client.token?.subject ?? null
    const teamId = client.team?.id ?? null
    const isThread = request.thread !== null
    const attempt = exchange.attempts.length + 1
    const sent: SentRecord = {
      type: 'sent',
      id: `${exchange.id}.${attempt}`,
      exchangeId: exchange.id,
      attempt,
      createdAt: clock.now(),
      userId: client.user.id,
      keyId: client.key.id,
      groupId: client.group.id,
      subscriptionId: exchange.subscription?.id ?? null,
      accountId: account.id,
      requestedModel: request.model,
      upstreamModel,
      stream: request.stream,
      rateMultiplier: client.group.rateMultiplier,
      queueMs: exchange.queueMs,
      ...(subject === null ? {} : { subject }),
      ...(teamId === null ? {} : { teamId })
    }
    const options = {
      journal,
      clock,
      progressIntervalMs,
      onFirstByte: () => exchange.releaseBody(),
      onNamed: (messageId: string) => messageHomes.remember({ userId: client.user.id, messageId }, account.id, isThread),
      onClosed: (sent: SentRecord, closed: ClosedRecord) => onClosed(exchange, sent, closed)
    }
    try {
      return createAttemptRecorder(sent, options)
    } catch (error) {
      throw journalUnavailable(error)
    }
  }
}
