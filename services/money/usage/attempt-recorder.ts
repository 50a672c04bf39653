import type { ClosedRecord, SentRecord } from './attempt-records.ts'
import type { Clock } from '../../platform/clock.ts'
import { NO_USAGE, type Outcome, type UsageBasis, type UsageFacts } from './usage-facts.ts'
import type { Journal } from '../journal/journal.ts'
import type { AttemptCharge } from '../journal/journal-lines.ts'

/** What a tap on a response knows so far. */
export interface UsageReading {
  readonly opened: boolean
  /** Null until the upstream has named it. */
  readonly messageId: string | null
  readonly model: string | null
  readonly usage: UsageFacts
  readonly basis: UsageBasis
  /** Rises whenever the closing numbers change. */
  readonly finalRevision: number
  /** The start's facts with the output estimated from the text that passed by. */
  estimatedUsage: () => UsageFacts
}

export interface AttemptRecorder {
  /** The response's head is here. */
  answered: (status: number, upstreamRequestId: string | null) => void
  /** The first byte of the response goes to the client. */
  firstByte: () => void
  /** To be called with every chunk's reading before the chunk is handed on. */
  observe: (reading: UsageReading) => void
  /** The attempt is over, and may have cost tokens. */
  close: (outcome: Outcome) => void
  /** The attempt was refused before it could cost a token. */
  void: () => void
}

interface AttemptRecorderOptions {
  journal: Pick<Journal, 'append' | 'finish'>
  clock: Clock
  progressIntervalMs: number
  onFirstByte: () => void
  /** Called once, when the upstream has named its message, before the client learns of it. */
  onNamed: (messageId: string) => void
  /** Called once, when the attempt's event is final in the journal. Returns what it costs. */
  onClosed: (sent: SentRecord, closed: ClosedRecord) => AttemptCharge
}

/**
 * Writes one attempt's journal records in their order: `sent` at once, `opened` at message_start, `progress` now and then,
 * and `closed` as soon as the closing numbers are known, which is before the client has the chunk that holds them.
 * Throws when the journal takes no new attempt; nothing may be sent upstream then.
 */
export function createAttemptRecorder(sent: SentRecord, options: AttemptRecorderOptions): AttemptRecorder {
  const { journal, clock } = options
  journal.append(sent)
  /** Its `createdAt` by the clock that is never set. */
  const sentUptime = clock.uptime()
  const sinceSentMs = () => clock.uptime() - sentUptime

  let status: number | null = null
  let upstreamRequestId: string | null = null
  let firstByteMs: number | null = null
  let reading: UsageReading | null = null
  let isNamed = false
  let openedWritten = false
  let writtenModel: string | null = null
  let finalRevision = 0
  /** In ms of uptime. */
  let progressAt = 0
  let closed: ClosedRecord | null = null
  let over = false

  function closedRecord(outcome: Outcome): ClosedRecord {
    const basis = reading?.basis ?? 'unknown'
    const usage = reading === null ? NO_USAGE : basis === 'partial' ? reading.estimatedUsage() : reading.usage
    return {
      type: 'closed',
      id: sent.id,
      outcome,
      basis,
      status,
      model: reading?.model ?? null,
      usage,
      upstreamRequestId,
      firstByteMs,
      durationMs: sinceSentMs()
    }
  }

  function writeClosed(outcome: Outcome): void {
    closed = closedRecord(outcome)
    journal.append(closed)
  }

  function writeOpened(opened: UsageReading): void {
    openedWritten = true
    writtenModel = opened.model
    journal.append({
      type: 'opened',
      id: sent.id,
      status: status ?? 200,
      model: opened.model,
      usage: opened.usage,
      upstreamRequestId,
      firstByteMs: firstByteMs ?? sinceSentMs()
    })
  }

  function end(outcome: Outcome): void {
    if (over) return
    over = true
    // A later record wins: what was written with the closing numbers stands unless the end turned out otherwise.
    if (closed?.outcome !== outcome) writeClosed(outcome)
    journal.finish(sent.id, options.onClosed(sent, closed!))
  }

  return {
    answered(responseStatus, requestId) {
      status = responseStatus
      upstreamRequestId = requestId
    },
    firstByte() {
      firstByteMs ??= sinceSentMs()
      options.onFirstByte()
    },
    observe(next) {
      reading = next
      if (!isNamed && next.messageId !== null) {
        isNamed = true
        options.onNamed(next.messageId)
      }
      if (next.finalRevision !== finalRevision) {
        finalRevision = next.finalRevision
        writeClosed('completed')
        return
      }
      // Nearly every chunk of a stream ends here.
      const now = clock.uptime()
      if (openedWritten && now - progressAt < options.progressIntervalMs && next.model === writtenModel) return
      if (!next.opened || next.basis !== 'partial') return
      progressAt = now
      if (!openedWritten) {
        writeOpened(next)
        return
      }
      writtenModel = next.model
      journal.append({ type: 'progress', id: sent.id, model: next.model, usage: next.estimatedUsage() })
    },
    close: end,
    void() {
      if (over) return
      // Tokens that the upstream has stated were spent, whatever became of the response.
      if (openedWritten || closed !== null) {
        end(closed?.outcome ?? 'upstream_cut')
        return
      }
      over = true
      journal.append({ type: 'void', id: sent.id })
      journal.finish(sent.id)
    }
  }
}
