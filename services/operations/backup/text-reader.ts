import { createHash } from 'node:crypto'
import { BackupFileError, END_OF_ROWS } from './backup-lines.ts'

export interface TextReader {
  /** The next line, without its end. */
  line: () => Promise<string>
  /** The lines up to the one that is `\.`, in chunks of any length, and that one; all are to be taken. */
  rows: () => AsyncGenerator<Buffer>
  /** How many lines `rows` has read in all. */
  rowsRead: () => number
  /** In hex, of all that was read. */
  sha256: () => string
  /** Throws where anything is left. */
  end: () => Promise<void>
}

const LINE_FEED = 0x0a
const END_LINE = Buffer.from(END_OF_ROWS)
/** With the end of the line before it. */
const END = Buffer.from(`\n${END_OF_ROWS}`)
/** Of what `line` reads. */
const MAX_LINE_BYTES = 4 * 2 ** 20

/** Reads a text of lines and rows as it comes, of which it holds no more than a chunk. Throws BackupFileError, and what `source` does. */
export function createTextReader(source: AsyncIterable<Buffer>): TextReader {
  const iterator = source[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let rest: Buffer = Buffer.alloc(0)
  let rowsRead = 0

  /** False at the end of the source. */
  async function more(): Promise<boolean> {
    const next = await iterator.next()
    if (next.done === true) return false
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value])
    return true
  }

  function take(bytes: number): Buffer {
    const taken = rest.subarray(0, bytes)
    rest = rest.subarray(bytes)
    hash.update(taken)
    return taken
  }

  function takeRows(bytes: number): Buffer {
    const taken = take(bytes)
    rowsRead += linesIn(taken)
    return taken
  }

  return {
    rowsRead: () => rowsRead,
    sha256: () => hash.copy().digest('hex'),

    async line() {
      let end = rest.indexOf(LINE_FEED)
      while (end < 0) {
        if (rest.length > MAX_LINE_BYTES) throw new BackupFileError('it is not a Sluice backup, or it is damaged')
        if (!(await more())) throw new BackupFileError('it is truncated')
        end = rest.indexOf(LINE_FEED)
      }
      return take(end + 1)
        .subarray(0, end)
        .toString()
    },

    async *rows() {
      // The line feed that ends the line before is not here any more.
      while (rest.length < END_LINE.length) {
        if (!(await more())) throw new BackupFileError('it is truncated')
      }
      if (rest.subarray(0, END_LINE.length).equals(END_LINE)) {
        take(END_LINE.length)
        return
      }
      for (;;) {
        const end = rest.indexOf(END)
        if (end >= 0) {
          yield takeRows(end + 1)
          take(END_LINE.length)
          return
        }
        // What may be the beginning of the end is kept.
        const sure = rest.length - END.length + 1
        if (sure > 0) yield takeRows(sure)
        if (!(await more())) throw new BackupFileError('it is truncated')
      }
    },

    async end() {
      if (rest.length > 0 || (await more())) throw new BackupFileError('it has trailing data: it is damaged')
    }
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1
  return lines
}
