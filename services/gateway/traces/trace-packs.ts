import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { ExchangeNote } from '../../money/journal/journal-lines.ts'
import { timeOfExchangeId } from '../request/exchange-ids.ts'
import { toTraceRecord, type ExchangeSummary, type TraceFacts, type TraceRecord } from './trace-record.ts'

/** The stored traces of exchanges that arrived in one minute. */
export interface TracePack {
  /** Epoch milliseconds of the minute's start. */
  minute: number
  /** Compressed lines: id, arrival, end, summary and facts, between tabs. */
  traces: Buffer
}

const MINUTE_MS = 60_000
const TAB = '\t'
const OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }

const minuteOf = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS

/** The pack in which to look for the exchange; null when its id doesn't tell. */
export function minuteOfExchange(id: string): number | null {
  const at = timeOfExchangeId(id)
  return at === null ? null : minuteOf(at)
}

/** Packs what was noted; exchanges without facts are left out. */
export function packTraces(notes: readonly ExchangeNote[]): TracePack[] {
  const lines = new Map<number, string[]>()
  for (const { id, createdAt, endedAt, summary, facts } of notes) {
    if (facts === null) continue
    const minute = minuteOfExchange(id) ?? minuteOf(createdAt)
    const line = `${id}${TAB}${createdAt}${TAB}${endedAt}${TAB}${summary}${TAB}${facts}\n`
    const found = lines.get(minute)
    if (found === undefined) lines.set(minute, [line])
    else found.push(line)
  }
  return Array.from(lines, ([minute, texts]) => ({ minute, traces: brotliCompressSync(Buffer.from(texts.join('')), OPTIONS) }))
}

/** Null when the pack has no such exchange. */
export function findInPack(traces: Buffer, id: string): TraceRecord | null {
  const text = brotliDecompressSync(traces).toString()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${id}${TAB}`))
  if (line === undefined) return null
  const [, createdAt, endedAt, summary = '', facts = ''] = line.split(TAB)
  return toTraceRecord({
    id,
    createdAt: Number(createdAt),
    endedAt: Number(endedAt),
    summary: JSON.parse(summary) as ExchangeSummary,
    facts: JSON.parse(facts) as TraceFacts
  })
}
