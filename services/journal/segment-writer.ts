import { closeSync, fdatasync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Clock } from '../clock.ts'
import { retireSegment, segmentPath, type Segment, type SegmentSource } from './journal-segments.ts'

const fdatasyncAsync = promisify(fdatasync)

export type WriteSync = (fd: number, buffer: Buffer, offset: number, length: number) => number

export interface SegmentWriterOptions {
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
  sealedAt: number | null
}

export interface SegmentWriter {
  readonly source: SegmentSource
  /**
   * Appends a line with write(2), so that it outlives this process from here on, and returns its segment's number.
   * When it throws, the line is not in the journal and the next one goes to an undamaged segment.
   */
  write: (line: Buffer) => number
  /** Ends the current segment; the next line starts a new one. */
  seal: () => void
  /** Resolves when every line written before the call would outlive a power cut; one at a time. */
  sync: () => Promise<void>
  close: () => Promise<void>
}

/** Writes lines to numbered files, each made when its first line comes and ended once it holds `segmentBytes`. */
export function createSegmentWriter(options: SegmentWriterOptions): SegmentWriter {
  const { dir, clock, segmentBytes } = options
  const write = options.writeSync ?? writeSync
  let segments: OpenSegment[] = []
  let current: OpenSegment | null = null
  let nextNumber = options.firstNumber
  let toClose: OpenSegment[] = []
  let dirty = false
  let folderDirty = false
  let lastSync: Promise<void> = Promise.resolve()

  function openNext(): OpenSegment {
    const number = nextNumber
    const path = segmentPath(dir, number)
    const fd = openSync(path, 'ax', 0o600)
    nextNumber++
    const segment = { number, path, fd, bytes: 0, sealedAt: null }
    segments.push(segment)
    folderDirty = true
    return segment
  }

  function seal(): void {
    if (current === null) return
    const ended = current
    current = null
    ended.sealedAt = clock.now()
    if (options.sync) toClose.push(ended)
    else closeSync(ended.fd)
  }

  function writeWhole(segment: OpenSegment, line: Buffer): void {
    let written = 0
    try {
      while (written < line.length) {
        const count = write(segment.fd, line, written, line.length - written)
        if (count === 0) throw new Error('write(2) took no byte')
        written += count
      }
    } catch (error) {
      // Whatever came next would read as part of the torn line.
      if (written > 0) seal()
      throw error
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

  return {
    source: {
      segments: () => segments,
      retire(number) {
        retireSegment(segmentPath(dir, number), clock.now())
        segments = segments.filter((segment) => segment.number !== number)
      }
    },
    write(line) {
      current ??= openNext()
      const segment = current
      writeWhole(segment, line)
      segment.bytes += line.length
      dirty = true
      if (segment.bytes >= segmentBytes) seal()
      return segment.number
    },
    seal,
    sync,
    async close() {
      seal()
      try {
        await sync()
      } finally {
        for (const segment of toClose.splice(0)) closeSync(segment.fd)
      }
    }
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
