import { crc32 } from 'node:zlib'
import type { AttemptRecord, ClosedRecord, SentRecord } from '../usage/attempt-records.ts'
import type { IterationFacts, UsageFacts } from '../usage/usage-facts.ts'

/** What an attempt cost, as it was priced when it ended. */
export interface AttemptCharge {
  /** List cost: what quota windows count. */
  costNano: bigint
  /** List cost times the group's multiplier: what the wallet pays. */
  chargedNano: bigint
  priceVersion: string
  priceUnknown: boolean
}

/** The attempt is over: no record of it follows, and the settler may take it. Written by the journal itself. */
export interface FinishedMark {
  type: 'finished'
  id: string
  /** Epoch milliseconds. */
  at: number
  /** Counts the attempts that were finished in this life of the journal, from 1; 0 where that is not known. */
  number: number
  /** Null where the settler has to price it. */
  charge: AttemptCharge | null
}

/** What was known of a live attempt has been written once more, behind whatever else is in the journal. */
interface CarriedMark {
  type: 'carried'
  id: string
}

/** An exchange is over. What is told of it is kept as it was written: nobody between the request and its readers takes it apart. */
export interface ExchangeNote {
  type: 'exchange'
  id: string
  /** Counts the exchanges of this life of the journal, from 1. */
  number: number
  /** Epoch milliseconds of its arrival and its end. */
  createdAt: number
  endedAt: number
  level: 'info' | 'warn'
  /** JSON of its line in the log. */
  summary: string
  /** JSON of how it was decided; null where that is not kept. */
  facts: string | null
}

export type JournalRecord = AttemptRecord | FinishedMark | CarriedMark | ExchangeNote

const LINE_FEED = 0x0a
const TAB = '\t'
const CHECKSUM_CHARS = 8
const SPACE = 0x20
const BRACE = 0x7b
const LINE_START = /[0-9a-f]{8} [[{]/g
const OLD_TYPES: ReadonlySet<unknown> = new Set<JournalRecord['type']>([
  'sent',
  'opened',
  'progress',
  'closed',
  'void',
  'finished'
])

/** What lines are gathered in until they are written together; it grows as it must. */
export class LineBuffer {
  #buffer = Buffer.allocUnsafe(16 * 1024)
  #used = 0

  get length(): number {
    return this.#used
  }

  /** Valid until the next line is added. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used)
  }

  /** One line: CRC-32 of its content as 8 hex digits, a space, the content, a line feed. Returns its length. */
  add(record: JournalRecord): number {
    const content = contentOf(record)
    const start = this.#used
    // A UTF-16 unit takes three bytes at most.
    this.#makeRoom(CHECKSUM_CHARS + 2 + content.length * 3)
    const from = start + CHECKSUM_CHARS + 1
    const end = from + this.#buffer.write(content, from)
    this.#buffer.write(checksumOf(this.#buffer.subarray(from, end)), start, 'latin1')
    this.#buffer[from - 1] = SPACE
    this.#buffer[end] = LINE_FEED
    this.#used = end + 1
    return this.#used - start
  }

  /** Forgets what was added last. */
  drop(length: number): void {
    this.#used -= length
  }

  clear(): void {
    this.#used = 0
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes))
    this.#buffer.copy(larger, 0, 0, this.#used)
    this.#buffer = larger
  }
}

const checksumOf = (content: Buffer) => crc32(content).toString(16).padStart(CHECKSUM_CHARS, '0')

/** Records by position, since their names would be most of a line; what follows from the rest is 0. */
function contentOf(record: JournalRecord): string {
  switch (record.type) {
    case 'sent':
      return JSON.stringify(['s', record.id, ...sentFields(record)])
    case 'opened':
      return JSON.stringify([
        'o',
        record.id,
        record.status,
        record.model,
        usageFields(record.usage),
        record.upstreamRequestId,
        record.firstByteMs
      ])
    case 'progress':
      return JSON.stringify(['p', record.id, record.model, usageFields(record.usage)])
    case 'closed':
      return JSON.stringify([
        'c',
        record.id,
        record.outcome,
        record.basis,
        record.status,
        record.model,
        usageFields(record.usage),
        record.upstreamRequestId,
        record.firstByteMs,
        record.durationMs
      ])
    case 'void':
      return JSON.stringify(['v', record.id])
    case 'carried':
      return JSON.stringify(['r', record.id])
    case 'finished':
      return JSON.stringify(['f', record.id, record.at, record.number, ...chargeFields(record.charge)])
    case 'exchange':
      break
  }
  const head = JSON.stringify(['x', record.id, record.number, record.createdAt, record.endedAt, record.level])
  // JSON has no tab but within its texts, and there it is escaped.
  return `${head}${TAB}${record.summary}${record.facts === null ? '' : `${TAB}${record.facts}`}`
}

type SentFields = [
  exchangeId: string | 0,
  attempt: number,
  createdAt: number,
  userId: string,
  keyId: string,
  groupId: string,
  subscriptionId: string | null,
  accountId: string,
  requestedModel: string,
  upstreamModel: string | 0,
  stream: 0 | 1,
  rateMultiplier: string,
  queueMs: number,
  subject?: string | null,
  teamId?: string
]

const sentFields = (sent: SentRecord): SentFields => [
  sent.id === `${sent.exchangeId}.${sent.attempt}` ? 0 : sent.exchangeId,
  sent.attempt,
  sent.createdAt,
  sent.userId,
  sent.keyId,
  sent.groupId,
  sent.subscriptionId,
  sent.accountId,
  sent.requestedModel,
  sent.upstreamModel === sent.requestedModel ? 0 : sent.upstreamModel,
  sent.stream ? 1 : 0,
  sent.rateMultiplier,
  sent.queueMs,
  ...lastFields(sent)
]

/** What most have not is at the end, where it is left out. */
function lastFields({ subject, teamId }: SentRecord): [subject?: string | null, teamId?: string] {
  if (teamId !== undefined) return [subject ?? null, teamId]
  return subject === undefined ? [] : [subject]
}

function readSent(id: string, fields: SentFields): SentRecord {
  const [exchangeId, attempt, createdAt, userId, keyId, groupId, subscriptionId, accountId, requestedModel, upstreamModel] =
    fields
  return {
    type: 'sent',
    id,
    exchangeId: exchangeId === 0 ? id.slice(0, id.lastIndexOf('.')) : exchangeId,
    attempt,
    createdAt,
    userId,
    keyId,
    groupId,
    subscriptionId,
    accountId,
    requestedModel,
    upstreamModel: upstreamModel === 0 ? requestedModel : upstreamModel,
    stream: fields[10] === 1,
    rateMultiplier: fields[11],
    queueMs: fields[12],
    ...(typeof fields[13] === 'string' ? { subject: fields[13] } : {}),
    ...(fields[14] === undefined ? {} : { teamId: fields[14] })
  }
}

type UsageFields = [
  number,
  number,
  number,
  number,
  number,
  number,
  string | null,
  string | null,
  string | null,
  IterationFacts[] | null
]

const usageFields = (usage: UsageFacts): UsageFields => [
  usage.inputTokens,
  usage.outputTokens,
  usage.cacheCreation5mTokens,
  usage.cacheCreation1hTokens,
  usage.cacheReadTokens,
  usage.webSearchRequests,
  usage.serviceTier,
  usage.speed,
  usage.inferenceGeo,
  usage.iterations
]

const readUsage = (fields: UsageFields): UsageFacts => ({
  inputTokens: fields[0],
  outputTokens: fields[1],
  cacheCreation5mTokens: fields[2],
  cacheCreation1hTokens: fields[3],
  cacheReadTokens: fields[4],
  webSearchRequests: fields[5],
  serviceTier: fields[6],
  speed: fields[7],
  inferenceGeo: fields[8],
  iterations: fields[9]
})

type ChargeFields = [] | [costNano: string, chargedNano: string, priceVersion: string, priceUnknown: 0 | 1]

const chargeFields = (charge: AttemptCharge | null): ChargeFields =>
  charge === null ? [] : [String(charge.costNano), String(charge.chargedNano), charge.priceVersion, charge.priceUnknown ? 1 : 0]

function readCharge(fields: ChargeFields): AttemptCharge | null {
  if (fields.length === 0) return null
  const [costNano, chargedNano, priceVersion, priceUnknown] = fields
  return { costNano: BigInt(costNano), chargedNano: BigInt(chargedNano), priceVersion, priceUnknown: priceUnknown === 1 }
}

interface LineVisitor {
  /** Of which records; the lines of others are passed by without a look at them. */
  wants: 'attempts' | 'exchanges'
  onRecord: (record: JournalRecord) => void
  /** A line that holds no record: torn, corrupt, or of a type this version doesn't know. */
  onBadLine: () => void
}

/**
 * Visits the whole lines of `buffer` in order and returns how many bytes they take; what follows the last line feed is left.
 * Never throws on bad input, and a bad line costs no other line its record.
 */
export function scanLines(buffer: Buffer, visitor: LineVisitor): number {
  let start = 0
  for (let end = buffer.indexOf(LINE_FEED); end !== -1; end = buffer.indexOf(LINE_FEED, start)) {
    visitLine(buffer.subarray(start, end), visitor)
    start = end + 1
  }
  return start
}

export function countLines(lines: Buffer): number {
  let count = 0
  for (let at = lines.indexOf(LINE_FEED); at !== -1; at = lines.indexOf(LINE_FEED, at + 1)) count++
  return count
}

const TYPE_AT = CHECKSUM_CHARS + ' ["'.length
const EXCHANGE_TYPE = 'x'.charCodeAt(0)

function visitLine(line: Buffer, { wants, onRecord, onBadLine }: LineVisitor): void {
  const isExchange = line[TYPE_AT] === EXCHANGE_TYPE
  if (wants === 'exchanges' && !isExchange) return
  // With its line feed lost, another one's record may stand behind it.
  if (wants === 'attempts' && isExchange && isWhole(line)) return
  const record = decodeLine(line)
  if (record !== null) return onRecord(record)
  onBadLine()
  for (const found of salvageRecords(line)) onRecord(found)
}

const isWhole = (line: Buffer) =>
  line[CHECKSUM_CHARS] === SPACE && checksumOf(line.subarray(CHECKSUM_CHARS + 1)) === line.toString('latin1', 0, CHECKSUM_CHARS)

function decodeLine(line: Buffer): JournalRecord | null {
  if (!isWhole(line)) return null
  const content = line.subarray(CHECKSUM_CHARS + 1)
  try {
    return content[0] === BRACE ? readOld(content.toString()) : readContent(content.toString())
  } catch {
    return null
  }
}

/** Journals of before records were written by position. */
function readOld(json: string): JournalRecord | null {
  const record = JSON.parse(json) as Partial<JournalRecord> | null
  if (typeof record?.id !== 'string' || !OLD_TYPES.has(record.type)) return null
  if (record.type === 'finished') return { number: 0, charge: null, ...record } as JournalRecord
  if (record.type === 'progress') return { model: null, ...record } as JournalRecord
  return record as JournalRecord
}

function readContent(content: string): JournalRecord | null {
  if (content.startsWith('["x"')) return readExchange(content)
  const [type, id, ...fields] = JSON.parse(content) as [unknown, unknown, ...unknown[]]
  return typeof id === 'string' ? readRecord(type, id, fields) : null
}

function readRecord(type: unknown, id: string, fields: unknown[]): JournalRecord | null {
  switch (type) {
    case 's':
      return readSent(id, fields as SentFields)
    case 'o': {
      const [status, model, usage, upstreamRequestId, firstByteMs] = fields as [
        number,
        string | null,
        UsageFields,
        string | null,
        number
      ]
      return { type: 'opened', id, status, model, usage: readUsage(usage), upstreamRequestId, firstByteMs }
    }
    case 'p': {
      const [model, usage] = fields as [string | null, UsageFields]
      return { type: 'progress', id, model, usage: readUsage(usage) }
    }
    case 'c':
      return readClosed(id, fields as ClosedFields)
    case 'v':
      return { type: 'void', id }
    case 'r':
      return { type: 'carried', id }
    case 'f': {
      const [at, number, ...charge] = fields as [number, number, ...ChargeFields]
      return { type: 'finished', id, at, number, charge: readCharge(charge) }
    }
    default:
      return null
  }
}

type ClosedFields = [
  ClosedRecord['outcome'],
  ClosedRecord['basis'],
  number | null,
  string | null,
  UsageFields,
  string | null,
  number | null,
  number
]

const readClosed = (id: string, fields: ClosedFields): ClosedRecord => ({
  type: 'closed',
  id,
  outcome: fields[0],
  basis: fields[1],
  status: fields[2],
  model: fields[3],
  usage: readUsage(fields[4]),
  upstreamRequestId: fields[5],
  firstByteMs: fields[6],
  durationMs: fields[7]
})

function readExchange(content: string): ExchangeNote | null {
  const [head = '', summary, facts = null] = content.split(TAB, 3)
  const [, id, number, createdAt, endedAt, level] = JSON.parse(head) as ['x', string, number, number, number, 'info' | 'warn']
  return summary === undefined ? null : { type: 'exchange', id, number, createdAt, endedAt, level, summary, facts }
}

/** Where a line feed was itself the corrupt byte, its two neighbours read as one bad line: both are still whole. */
function salvageRecords(line: Buffer): JournalRecord[] {
  const starts = Array.from(line.toString('latin1').matchAll(LINE_START), (match) => match.index)
  const pieces = starts.map((start, index) => {
    const next = starts[index + 1]
    return line.subarray(start, next === undefined ? line.length : next - 1)
  })
  return pieces.map(decodeLine).filter((record) => record !== null)
}
