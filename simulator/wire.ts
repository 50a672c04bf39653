import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Transform } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import zlib from 'node:zlib'
import type { Behaviour, BreakOff, Chunking, StreamPosition } from './behaviour.ts'
import type { StreamEvent } from './message.ts'

/** A part of the body with the events it holds; pieces of one body are paced, flushed and broken off at. */
export interface BodyPart {
  names: string[]
  bytes: Buffer
}

export interface BodyWatch {
  /** Aborted when the other side hung up. */
  gone: AbortSignal
  /** Before a part's bytes are handed to the socket. */
  beforePart: (names: string[]) => void
  afterWrite: (bytes: number) => void
  /** Resolves when what is held may go on; rejects when the other side hung up. */
  held: () => Promise<void>
  /** Before the last part of a body that comes to an end. */
  beforeLastPart: () => void
  /** Before the body ends as planned. */
  beforeEnd: () => void
}

/** The events as bytes, with what the behaviour inserts and what `errorEvent` cuts off. */
export function eventParts(events: StreamEvent[], behaviour: Behaviour, requestId: string): BodyPart[] {
  const lineEnd = behaviour.lineEnd ?? '\n'
  const parts = events.map((event) => ({ names: [event.name], bytes: encodeEvent(event, lineEnd) }))
  const insertions = (behaviour.insert ?? []).map((inserted) => ({
    index: indexOf(inserted.at, parts),
    part: {
      names: [inserted.event ?? 'raw'],
      bytes:
        inserted.raw === undefined
          ? encodeEvent({ name: inserted.event ?? 'ping', data: inserted.data ?? { type: inserted.event ?? 'ping' } }, lineEnd)
          : Buffer.from(inserted.raw)
    }
  }))
  if (behaviour.hugeEventBytes !== undefined) {
    const delta = { type: 'text_delta', text: 'x'.repeat(behaviour.hugeEventBytes) }
    const event = { name: 'content_block_delta', data: { type: 'content_block_delta', index: 0, delta } }
    insertions.push({ index: indexOf('middle', parts), part: { names: [event.name], bytes: encodeEvent(event, lineEnd) } })
  }
  const errorAt = behaviour.errorEvent === undefined ? parts.length : indexOf(behaviour.errorEvent.at, parts)
  const told: BodyPart[] = []
  for (let index = 0; index <= errorAt; index++) {
    told.push(...insertions.filter((insertion) => insertion.index === index).map((insertion) => insertion.part))
    const part = parts[index]
    if (part !== undefined && index < errorAt) told.push(part)
  }
  if (behaviour.errorEvent !== undefined) {
    const { type = 'overloaded_error', message = 'Overloaded' } = behaviour.errorEvent
    const data = { type: 'error', error: { details: null, type, message }, request_id: requestId }
    told.push({ names: ['error'], bytes: encodeEvent({ name: 'error', data }, lineEnd) })
  }
  const first = told[0]
  if (behaviour.byteOrderMark === true && first !== undefined) first.bytes = Buffer.concat([Buffer.from('\uFEFF'), first.bytes])
  return told
}

/** The real API pads JSON with spaces to hide token lengths; so do we, or a reader that relies on tight JSON passes. */
function encodeEvent(event: StreamEvent, lineEnd: string): Buffer {
  const json = JSON.stringify(event.data)
  const padded = `${json.slice(0, -1)}${' '.repeat(json.length % 7)}}`
  return Buffer.from(`event: ${event.name}${lineEnd}data: ${padded}${lineEnd}${lineEnd}`)
}

function indexOf(position: StreamPosition, parts: BodyPart[]): number {
  if (typeof position === 'number') return Math.min(position, parts.length)
  if (position === 'end') return parts.length
  const deltas = parts.flatMap((part, index) => (part.names[0] === 'content_block_delta' ? [index] : []))
  const found =
    position === 'middle'
      ? (deltas[Math.ceil(deltas.length / 2)] ?? deltas.at(-1))
      : parts.findIndex((part) => part.names[0] === position)
  return found === undefined || found < 0 ? parts.length : found
}

/** Writes the parts as the behaviour says: paced, compressed, cut into chunks, broken off. */
export async function sendBody(
  response: ServerResponse,
  parts: BodyPart[],
  behaviour: Behaviour,
  watch: BodyWatch
): Promise<void> {
  const { breakOff } = behaviour
  const breakAt = breakOff === undefined ? parts.length : breakIndex(breakOff, parts)
  const next = parts[breakAt]
  const planned = parts.slice(0, breakAt)
  if (breakOff?.midEvent === true && next !== undefined) {
    planned.push({ names: [], bytes: next.bytes.subarray(0, Math.ceil(next.bytes.length / 2)) })
  }
  const encoder = behaviour.encoding === undefined ? null : createEncoder(behaviour.encoding)
  const units = joinsParts(behaviour) ? join(planned) : planned
  const holdAt = behaviour.holdAt === undefined || parts.length === 1 ? null : indexOf(behaviour.holdAt, parts)
  for (const [index, unit] of units.entries()) {
    if (index === holdAt) await watch.held()
    if (index > 0 && behaviour.paceMs !== undefined) await pause(behaviour.paceMs, watch.gone)
    watch.beforePart(unit.names)
    if (index === units.length - 1 && breakOff?.how !== 'stall') watch.beforeLastPart()
    const bytes = encoder === null ? unit.bytes : await encoder.encode(unit.bytes)
    await writeChunks(response, bytes, behaviour.chunking ?? 'events', watch)
  }
  if (breakOff !== undefined && breakOff.how !== 'end') {
    if (breakOff.how !== 'stall') watch.beforeEnd()
    return await breakConnection(response, breakOff.how, watch.gone)
  }
  watch.beforeEnd()
  if (encoder !== null) await writeChunks(response, await encoder.finish(), 'once', watch)
  response.end()
}

/** Ends the exchange without ending the body; `stall` returns only when the other side has gone. */
export async function breakConnection(response: ServerResponse, how: BreakOff['how'], gone: AbortSignal): Promise<void> {
  gone.throwIfAborted()
  if (how === 'stall') return await new Promise((_, reject) => gone.addEventListener('abort', () => reject(gone.reason)))
  // A reset drops what the kernel has not delivered yet; the bytes before it are part of the plan.
  if (response.headersSent) await pause(10, gone)
  if (how === 'reset') response.socket?.resetAndDestroy()
  else response.socket?.destroy()
}

export async function pause(ms: number, gone: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: gone })
}

function breakIndex(breakOff: BreakOff, parts: BodyPart[]): number {
  if (breakOff.at === 'request-head' || breakOff.at === 'before-headers' || breakOff.at === 'after-headers') return 0
  if (parts.length === 1) return 0
  return indexOf(breakOff.at, parts)
}

/** Random chunks of an unpaced stream go across events, as they do behind a buffering proxy. */
function joinsParts(behaviour: Behaviour): boolean {
  return behaviour.chunking === 'once' || (typeof behaviour.chunking === 'object' && behaviour.paceMs === undefined)
}

function join(parts: BodyPart[]): BodyPart[] {
  if (parts.length === 0) return []
  return [{ names: parts.flatMap((part) => part.names), bytes: Buffer.concat(parts.map((part) => part.bytes)) }]
}

async function writeChunks(response: ServerResponse, bytes: Buffer, chunking: Chunking, watch: BodyWatch): Promise<void> {
  for (const chunk of split(bytes, chunking)) {
    watch.gone.throwIfAborted()
    const hasRoom = response.write(chunk)
    watch.afterWrite(chunk.length)
    if (!hasRoom) await once(response, 'drain', { signal: watch.gone })
  }
}

function split(bytes: Buffer, chunking: Chunking): Buffer[] {
  if (bytes.length === 0) return []
  if (chunking === 'events' || chunking === 'once') return [bytes]
  const cuts: number[] = []
  if (typeof chunking === 'object') {
    const random = seededRandom(chunking.seed)
    for (let at = 0; at < bytes.length; at += 1 + Math.floor(random() * chunking.maxBytes)) cuts.push(at)
    cuts.shift()
  } else {
    for (let at = 1; at < bytes.length; at++) {
      // A byte of the form 10xxxxxx continues a character: a cut before it falls inside that character.
      if (chunking === 'bytes' || ((bytes[at] ?? 0) & 0xc0) === 0x80) cuts.push(at)
    }
  }
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length))
}

/** mulberry32: small, and the same on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const ENCODERS: Record<NonNullable<Behaviour['encoding']>, () => Transform> = {
  gzip: () => zlib.createGzip({ flush: zlib.constants.Z_SYNC_FLUSH }),
  deflate: () => zlib.createDeflate({ flush: zlib.constants.Z_SYNC_FLUSH }),
  br: () => zlib.createBrotliCompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => zlib.createZstdCompress({ flush: zlib.constants.ZSTD_e_flush })
}

function createEncoder(encoding: NonNullable<Behaviour['encoding']>) {
  const stream = ENCODERS[encoding]()
  const produced: Buffer[] = []
  stream.on('data', (chunk: Buffer) => produced.push(chunk))
  const take = () => Buffer.concat(produced.splice(0))
  return {
    async encode(bytes: Buffer): Promise<Buffer> {
      await new Promise<void>((resolve, reject) => stream.write(bytes, (error) => (error ? reject(error) : resolve())))
      return take()
    },
    async finish(): Promise<Buffer> {
      const ended = once(stream, 'end')
      stream.end()
      await ended
      return take()
    }
  }
}
