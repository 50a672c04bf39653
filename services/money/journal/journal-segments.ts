import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  utimesSync
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** One file of a journal. Segments are read, settled and retired in the order of their numbers. */
export interface Segment {
  readonly number: number
  readonly path: string
  /** How many bytes of whole lines it has; the file may have a torn rest behind them. */
  readonly bytes: number
  /** Epoch milliseconds of the moment from which nothing is added any more; null while it is written to. */
  readonly sealedAt: number | null
}

/** A journal as its reader sees it. */
export interface SegmentSource {
  /** Those not yet retired, in order. */
  segments: () => readonly Segment[]
  /** Puts a segment away, all of whose attempts are settled. May throw; calling it again is harmless. */
  retire: (number: number) => void
}

const SEGMENT_NAME = /^(\d{8})\.log$/
const SETTLED = 'settled'

export const segmentPath = (dir: string, number: number) => join(dir, `${String(number).padStart(8, '0')}.log`)

/** The segments that a former life left in `dir`; none when there is no such folder. */
export function listSegments(dir: string): Segment[] {
  return segmentNumbers(dir).map((number) => {
    const path = segmentPath(dir, number)
    const { bytes, changedAt } = contentOf(path)
    return { number, path, bytes, sealedAt: changedAt }
  })
}

const TAIL_BYTES = 64 * 1024

/** A segment that was written to when its owner died ends in the zeros that held room for it. */
function contentOf(path: string): { bytes: number; changedAt: number } {
  const fd = openSync(path, 'r')
  try {
    const { size, mtimeMs } = fstatSync(fd)
    const tail = Buffer.allocUnsafe(Math.min(size, TAIL_BYTES))
    let bytes = size
    while (bytes > 0) {
      const from = Math.max(0, bytes - tail.length)
      const length = readSync(fd, tail, 0, bytes - from, from)
      const last = tail.subarray(0, length).findLastIndex((byte) => byte !== 0)
      if (last !== -1) return { bytes: from + last + 1, changedAt: mtimeMs }
      bytes = from
    }
    return { bytes: 0, changedAt: mtimeMs }
  } finally {
    closeSync(fd)
  }
}

/** Above every number in use, also among the settled ones, so that retiring never replaces a file. */
export const nextSegmentNumber = (dir: string) => Math.max(0, ...segmentNumbers(dir), ...segmentNumbers(join(dir, SETTLED))) + 1

/** Moves a segment to `settled/`, marked with the time so that `purgeSettled` knows its age. */
export function retireSegment(path: string, now: number): void {
  const settledDir = join(dirname(path), SETTLED)
  mkdirSync(settledDir, { recursive: true, mode: 0o700 })
  try {
    utimesSync(path, now / 1000, now / 1000)
    renameSync(path, join(settledDir, basename(path)))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** Deletes settled segments older than `keepMs`, and the oldest ones beyond `keepBytes` together. */
export function purgeSettled(dir: string, now: number, { keepMs, keepBytes }: { keepMs: number; keepBytes: number }): void {
  const settledDir = join(dir, SETTLED)
  let bytes = 0
  for (const segment of listSegments(settledDir).toReversed()) {
    bytes += segment.bytes
    if (bytes > keepBytes || now - (segment.sealedAt ?? now) > keepMs) unlinkSync(segment.path)
  }
}

/** Removes a journal's folder once nothing is left in it. */
export function removeEmptyJournal(dir: string): void {
  try {
    rmdirSync(join(dir, SETTLED))
  } catch (error) {
    if (!isMissing(error) && !isNotEmpty(error)) throw error
  }
  try {
    rmdirSync(dir)
  } catch (error) {
    if (!isMissing(error) && !isNotEmpty(error)) throw error
  }
}

/** The journal of an owner that is gone: nothing is added to it any more. */
export function openDeadJournal(dir: string, now: () => number): SegmentSource {
  let segments = listSegments(dir)
  return {
    segments: () => segments,
    retire(number) {
      retireSegment(segmentPath(dir, number), now())
      segments = segments.filter((segment) => segment.number !== number)
    }
  }
}

export const isMissing = (error: unknown) => hasCode(error, 'ENOENT')
const isNotEmpty = (error: unknown) => hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')
const hasCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code

function segmentNumbers(dir: string): number[] {
  try {
    const numbers = readdirSync(dir).flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? [])
    return numbers.map(Number).sort((a, b) => a - b)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
