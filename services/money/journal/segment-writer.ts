import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Clock } from '../../platform/clock.ts'
import { retireSegment, segmentPath, type Segment, type SegmentSource } from './journal-segments.ts'

const fdatasyncAsync = promisify(fdatasync)

export type WriteSync = (fd: number, buffer: Buffer, offset: number, length: number, position: number) => number

interface SegmentWriterOptions {
  dir: string
  clock: Clock
  segmentBytes: number
  firstNumber: number
  /** Without it nothing is synced, and a power cut may lose what the kernel had not yet written. */
  sync: boolean
  /** For tests that need a full or failing disk. */
  writeSync?: WriteSync
}

interface OpenSegment extends Segment {
  readonly fd: number
  bytes: number
  /** How long the file is: what follows its lines are zeros that hold the room on the disk. */
  allocated: number
  sealedAt: number | null
}

interface SegmentWriter {
  readonly source: SegmentSource
  /**
   * Sees to it that so many bytes can be written whatever becomes of the disk, by having them there already. Throws when the disk
   * has no room for them. A segment that has its size is ended here, once there is room in the next.
   */
  allocate: (bytes: number) => void
  /** How many bytes are there already. */
  readonly allocatedBytes: number
  /**
   * Writes lines with write(2), so that they outlive this process from here on. When it throws, none of them is in the journal,
   * and the next ones go to an undamaged segment.
   */
  write: (lines: Buffer) => void
  /** Ends the current segment; the next line starts a new one. */
  seal: () => void
  /** Resolves when every line written before the call would outlive a power cut; one at a time. */
  sync: () => Promise<void>
  close: () => Promise<void>
}

const ALLOCATION_STEP = 256 * 1024
const ZEROS = Buffer.alloc(ALLOCATION_STEP)

/** Writes lines to numbered files, each made when its first line comes and ended once it holds `segmentBytes`. */
export function createSegmentWriter(options: SegmentWriterOptions): SegmentWriter {
  const { dir, clock, segmentBytes } = options
  const write = options.writeSync ?? writeSync
  let segments: OpenSegment[] = []
  let current: OpenSegment | null = null
  let spare: OpenSegment | null = null
  let nextNumber = options.firstNumber
  let toClose: OpenSegment[] = []
  let dirty = false
  let folderDirty = false
  let lastSync: Promise<void> = Promise.resolve()

  function openNext(): OpenSegment {
    const number = nextNumber
    const path = segmentPath(dir, number)
    const fd = openSync(path, 'wx', 0o600)
    nextNumber++
    folderDirty = true
    return { number, path, fd, bytes: 0, allocated: 0, sealedAt: null }
  }

  function use(segment: OpenSegment): OpenSegment {
    seal()
    segments.push(segment)
    current = segment
    return segment
  }

  function seal(): void {
    if (current === null) return
    const ended = current
    current = null
    ended.sealedAt = clock.now()
    try {
      ftruncateSync(ended.fd, ended.bytes)
    } catch {
      // Zeros that stay behind are not read.
    }
    if (options.sync) toClose.push(ended)
    else closeSync(ended.fd)
  }

  /** Throws when the disk has no room for so many bytes behind `from`; what it gave by then is kept. */
  function extend(segment: OpenSegment, from: number, bytes: number): void {
    if (segment.allocated - from >= bytes) return
    const length = from + Math.ceil(bytes / ALLOCATION_STEP) * ALLOCATION_STEP
    try {
      while (segment.allocated < length) {
        const step = Math.min(ALLOCATION_STEP, length - segment.allocated)
        segment.allocated += writeSome(segment.fd, ZEROS, 0, step, segment.allocated)
      }
    } catch (error) {
      if (segment.allocated - from < bytes) throw error
    }
  }

  function writeSome(fd: number, buffer: Buffer, offset: number, length: number, position: number): number {
    const count = write(fd, buffer, offset, length, position)
    if (count === 0) throw new Error('write(2) took no byte')
    return count
  }

  function allocate(bytes: number): void {
    if (current !== null && current.bytes < segmentBytes) {
      extend(current, current.bytes, bytes)
      return
    }
    // The one that is full keeps the room that it holds for those in flight until there is as much in the next.
    spare ??= openNext()
    extend(spare, 0, bytes)
    use(spare)
    spare = null
  }

  return {
    source: {
      segments: () => segments,
      retire(number) {
        retireSegment(segmentPath(dir, number), clock.now())
        segments = segments.filter((segment) => segment.number !== number)
      }
    },
    allocate,
    get allocatedBytes() {
      return current === null ? 0 : Math.max(0, current.allocated - current.bytes)
    },
    write(lines) {
      const segment = current ?? use(openNext())
      let written = 0
      try {
        while (written < lines.length) {
          written += writeSome(segment.fd, lines, written, lines.length - written, segment.bytes + written)
        }
      } catch (error) {
        // Whatever came next would read as part of the torn line.
        if (written > 0) seal()
        throw error
      }
      segment.bytes += lines.length
      segment.allocated = Math.max(segment.allocated, segment.bytes)
      dirty = true
    },
    seal,
    sync,
    async close() {
      seal()
      if (spare !== null) closeSync(spare.fd)
      spare = null
      try {
        await sync()
      } finally {
        for (const segment of toClose.splice(0)) closeSync(segment.fd)
      }
    }
  }

  async function syncNow(): Promise<void> {
    const sealed = toClose
    toClose = []
    const written = dirty ? current : null
    const inNewFolderEntry = folderDirty
    dirty = false
    folderDirty = false
    const results = await Promise.allSettled([
      ...sealed.map((segment) => fdatasyncAsync(segment.fd)),
      ...(written === null ? [] : [fdatasyncAsync(written.fd)]),
      ...(inNewFolderEntry ? [syncFolder(dir)] : [])
    ])
    for (const segment of sealed) closeSync(segment.fd)
    const failure = results.find((result) => result.status === 'rejected')
    if (failure === undefined) return
    // A failed sync may have dropped the pages it was to write: repeating it on the same file would prove nothing.
    seal()
    throw failure.reason
  }

  function sync(): Promise<void> {
    if (!options.sync) return Promise.resolve()
    lastSync = lastSync.then(syncNow, syncNow)
    return lastSync
  }
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
