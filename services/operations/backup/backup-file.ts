import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip, type Gzip } from 'node:zlib'
import {
  BackupFileError,
  isEnd,
  isHeader,
  isTable,
  type BackupEnd,
  type BackupHeader,
  type BackupTable
} from './backup-lines.ts'
import { createTextReader, type TextReader } from './text-reader.ts'

// A backup is a gzipped text: a line of JSON for the header; for each table a line of JSON, its rows as COPY writes them, and the
// line `\.`, which no row can be; and a line of JSON with the SHA-256 of all that comes before it. `zcat` shows it.

/** What is in a backup. */
export interface BackupContent extends BackupHeader {
  /** Rows by table, in their order in the file. */
  tables: Map<string, number>
  rows: number
}

/** Takes the rows of a table, all of them, in chunks of any length. */
export type UseTable = (table: BackupTable, rows: AsyncIterable<Buffer>) => Promise<void>

const CHUNK_BYTES = 64 * 1024
/** How each file begins: gzip, deflated, without a name or a time. Another byte would not change what comes out, but is damage. */
const FIRST_BYTES = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0])
const FIRST_BYTES_OF_PG_DUMP = Buffer.from('PGDMP')
/** In the archives that were copies of the files of an embedded database. */
const FIRST_TEXT_BEFORE = 'manifest.json\0'

/** A backup of this content, whose last line is added. What fails in the content fails the stream. */
export function packBackup(content: AsyncIterable<Buffer>): Gzip {
  const gzip = createGzip({ level: 6, chunkSize: CHUNK_BYTES })
  pipeline(ended(content), gzip).catch(() => {})
  return gzip
}

async function* ended(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of content) {
    hash.update(chunk)
    yield chunk
  }
  yield lineOf({ sha256: hash.digest('hex') })
}

export const lineOf = (value: BackupHeader | BackupTable | BackupEnd) => Buffer.from(`${JSON.stringify(value)}\n`)

/**
 * Reads the bytes of a backup to their end, and gives its tables to `use` in turn. Throws BackupFileError for what is no backup,
 * is damaged or cut off, which may show only at the end, after all tables were used; and what `use` or `source` throw.
 */
export async function readBackup(
  source: AsyncIterable<Buffer>,
  use: UseTable,
  onHeader: (header: BackupHeader) => Promise<void> | void = () => {}
): Promise<BackupContent> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  const counted = { bytes: 0 }
  const feeding = pipeline(beginningRight(source, counted), gunzip)
  feeding.catch(() => {})
  try {
    const content = await readText(createTextReader(gunzip), use, onHeader)
    await feeding
    if (gunzip.bytesWritten !== counted.bytes) throw new BackupFileError('it has trailing data: it is damaged')
    return content
  } catch (error) {
    throw told(error)
  } finally {
    gunzip.destroy()
  }
}

async function* beginningRight(source: AsyncIterable<Buffer>, counted: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const expected = FIRST_BYTES.subarray(counted.bytes)
    if (!chunk.subarray(0, expected.length).equals(expected.subarray(0, chunk.length)))
      throw new BackupFileError(notABackup(chunk))
    counted.bytes += chunk.length
    yield chunk
  }
  if (counted.bytes === 0) throw new BackupFileError('it is empty')
}

const notABackup = (start: Buffer) =>
  start.subarray(0, FIRST_BYTES_OF_PG_DUMP.length).equals(FIRST_BYTES_OF_PG_DUMP)
    ? 'it is of pg_dump: pg_restore reads it'
    : 'it is not a Sluice backup, or it is damaged'

function told(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code === 'Z_BUF_ERROR') return new BackupFileError('it is truncated', { cause: error })
  return code.startsWith('Z_') ? new BackupFileError('it is not a Sluice backup, or it is damaged', { cause: error }) : error
}

async function readText(
  reader: TextReader,
  use: UseTable,
  onHeader: (header: BackupHeader) => Promise<void> | void
): Promise<BackupContent> {
  const header = headerOf(await reader.line())
  await onHeader(header)
  const tables = new Map<string, number>()
  let rows = 0
  for (;;) {
    const sha256 = reader.sha256()
    const line = parsed(await reader.line())
    if (isEnd(line)) {
      if (line.sha256 !== sha256) throw new BackupFileError('its checksum does not match: it is damaged')
      await reader.end()
      return { ...header, tables, rows }
    }
    if (!isTable(line) || tables.has(line.table)) throw new BackupFileError('it is damaged')
    const before = reader.rowsRead()
    await use(line, reader.rows())
    tables.set(line.table, reader.rowsRead() - before)
    rows += reader.rowsRead() - before
  }
}

function headerOf(line: string): BackupHeader {
  if (line.startsWith(FIRST_TEXT_BEFORE)) {
    throw new BackupFileError(
      'it is of an embedded database as Sluice had it before 0.2: Sluice 0.1 restores it, into a DATA_DIR of its own'
    )
  }
  const header = parsed(line) as Partial<BackupHeader> | null
  if (header?.format !== 'sluice-backup') throw new BackupFileError('it is not a Sluice backup')
  if ((header.version as number) !== 2) {
    throw new BackupFileError(
      `it is of format ${String(header.version)}, which this Sluice does not know: a newer one reads it`
    )
  }
  if (!isHeader(header)) throw new BackupFileError('it is damaged')
  return header
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
