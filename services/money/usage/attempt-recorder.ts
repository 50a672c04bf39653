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
  options.journal.append(sent)
  return new JournalingRecorder(sent, options)
}

/** A class, as there is one for each stream that is open. */
class JournalingRecorder implements AttemptRecorder {
  readonly #sent: SentRecord
  readonly #options: AttemptRecorderOptions
  /** Its `createdAt` by the clock that is never set. */
  readonly #sentUptime: number
  #status: number | null = null
  #upstreamRequestId: string | null = null
  #firstByteMs: number | null = null
  #reading: UsageReading | null = null
  #isNamed = false
  #openedWritten = false
  #writtenModel: string | null = null
  #finalRevision = 0
  /** In ms of uptime. */
  #progressAt = 0
  #closed: ClosedRecord | null = null
  #over = false

  constructor(sent: SentRecord, options: AttemptRecorderOptions) {
    this.#sent = sent
    this.#options = options
    this.#sentUptime = options.clock.uptime()
  }

  answered(status: number, upstreamRequestId: string | null): void {
    this.#status = status
    this.#upstreamRequestId = upstreamRequestId
  }

  firstByte(): void {
    this.#firstByteMs ??= this.#sinceSentMs()
    this.#options.onFirstByte()
  }

  observe(next: UsageReading): void {
    this.#reading = next
    if (!this.#isNamed && next.messageId !== null) {
      this.#isNamed = true
      this.#options.onNamed(next.messageId)
    }
    if (next.finalRevision !== this.#finalRevision) {
      this.#finalRevision = next.finalRevision
      this.#writeClosed('completed')
      return
    }
    // Nearly every chunk of a stream ends here.
    const { clock, journal, progressIntervalMs } = this.#options
    const now = clock.uptime()
    if (this.#openedWritten && now - this.#progressAt < progressIntervalMs && next.model === this.#writtenModel) return
    if (!next.opened || next.basis !== 'partial') return
    this.#progressAt = now
    if (!this.#openedWritten) {
      this.#writeOpened(next)
      return
    }
    this.#writtenModel = next.model
    journal.append({ type: 'progress', id: this.#sent.id, model: next.model, usage: next.estimatedUsage() })
  }

  close(outcome: Outcome): void {
    if (this.#over) return
    this.#over = true
    // A later record wins: what was written with the closing numbers stands unless the end turned out otherwise.
    const closed = this.#closed?.outcome === outcome ? this.#closed : this.#writeClosed(outcome)
    this.#options.journal.finish(this.#sent.id, this.#options.onClosed(this.#sent, closed))
  }

  void(): void {
    if (this.#over) return
    // Tokens that the upstream has stated were spent, whatever became of the response.
    if (this.#openedWritten || this.#closed !== null) {
      this.close(this.#closed?.outcome ?? 'upstream_cut')
      return
    }
    this.#over = true
    this.#options.journal.append({ type: 'void', id: this.#sent.id })
    this.#options.journal.finish(this.#sent.id)
  }

  #sinceSentMs(): number {
    return this.#options.clock.uptime() - this.#sentUptime
  }

  #writeClosed(outcome: Outcome): ClosedRecord {
    const closed = this.#closedRecord(outcome)
    this.#closed = closed
    this.#options.journal.append(closed)
    return closed
  }

  #closedRecord(outcome: Outcome): ClosedRecord {
    const reading = this.#reading
    const basis = reading?.basis ?? 'unknown'
    const usage = reading === null ? NO_USAGE : basis === 'partial' ? reading.estimatedUsage() : reading.usage
    return {
      type: 'closed',
      id: this.#sent.id,
      outcome,
      basis,
      status: this.#status,
      model: reading?.model ?? null,
      usage,
      upstreamRequestId: this.#upstreamRequestId,
      firstByteMs: this.#firstByteMs,
      durationMs: this.#sinceSentMs()
    }
  }

  #writeOpened(opened: UsageReading): void {
    this.#openedWritten = true
    this.#writtenModel = opened.model
    this.#options.journal.append({
      type: 'opened',
      id: this.#sent.id,
      status: this.#status ?? 200,
      model: opened.model,
      usage: opened.usage,
      upstreamRequestId: this.#upstreamRequestId,
      firstByteMs: this.#firstByteMs ?? this.#sinceSentMs()
    })
  }
}
