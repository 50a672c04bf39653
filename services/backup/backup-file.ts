import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip, type Gzip } from 'node:zlib'
import { readTarHeader, TAR_BLOCK, TarError, tarEnd, tarHeader, tarPadding, type TarEntry } from './tar.ts'

/** What a backup says of itself. */
export interface BackupManifest {
  format: 'sluice-backup'
  version: 1
  created_at: string
  /** The newest that the database has. */
  migration: string
}

export class BackupFileError extends Error {
  override name = 'BackupFileError'
}

const MANIFEST = 'manifest.json'
const DATABASE = 'database'
const CHECKSUM = 'sha256'
/** Of a manifest or a checksum. */
const MAX_TEXT_BYTES = 64 * 1024

/**
 * A backup of the database's files in `filesDir`, which must not change meanwhile: a gzipped tar archive of the manifest, the
 * files, and the SHA-256 of all that comes before it.
 */
export function packBackup(filesDir: string, manifest: BackupManifest): Gzip {
  const gzip = createGzip({ level: 6 })
  // What fails here fails the stream, whose reader is told.
  pipeline(archiveOf(filesDir, manifest), gzip).catch(() => {})
  return gzip
}

async function* archiveOf(filesDir: string, manifest: BackupManifest): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of entriesOf(filesDir, manifest)) {
    hash.update(chunk)
    yield chunk
  }
  yield* textEntry(CHECKSUM, `${hash.digest('hex')}\n`)
  yield tarEnd()
}

async function* entriesOf(filesDir: string, manifest: BackupManifest): AsyncGenerator<Buffer> {
  yield* textEntry(MANIFEST, `${JSON.stringify(manifest)}\n`)
  yield tarHeader({ path: DATABASE, type: 'folder', bytes: 0 })
  const found = await readdir(filesDir, { recursive: true, withFileTypes: true })
  for (const entry of found) {
    const file = join(entry.parentPath, entry.name)
    const path = `${DATABASE}/${file.slice(filesDir.length + 1)}`
    if (entry.isDirectory()) yield tarHeader({ path, type: 'folder', bytes: 0 })
    else if (entry.isFile()) yield* fileEntry(path, file)
    else throw new BackupFileError(`${file} is neither a file nor a folder`)
  }
}

async function* fileEntry(path: string, file: string): AsyncGenerator<Buffer> {
  const { size } = await stat(file)
  yield tarHeader({ path, type: 'file', bytes: size })
  let bytes = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    yield chunk
  }
  if (bytes !== size) throw new BackupFileError(`${file} changed while it was read`)
  yield tarPadding(size)
}

function* textEntry(path: string, content: string): Generator<Buffer> {
  const bytes = Buffer.from(content)
  yield tarHeader({ path, type: 'file', bytes: bytes.length })
  yield bytes
  yield tarPadding(bytes.length)
}

/**
 * Reads a backup to its end, and puts its files into `filesDir` unless that is null. Throws BackupFileError for what is no
 * backup, is damaged or cut off; what was put there until then is of no use.
 */
export async function unpackBackup(file: string, filesDir: string | null): Promise<BackupManifest> {
  const source = createReadStream(file)
  const archive = source.pipe(createGunzip())
  source.on('error', (error) => archive.destroy(error))
  try {
    return await readArchive(archive, filesDir)
  } catch (error) {
    const { code = '', syscall } = error as NodeJS.ErrnoException
    // The disk's own errors are told as they are.
    if (syscall !== undefined || error instanceof BackupFileError) throw error
    if (code === 'Z_BUF_ERROR') throw new BackupFileError('it is cut off', { cause: error })
    if (code.startsWith('Z_')) throw new BackupFileError('it is no backup, or damaged', { cause: error })
    if (error instanceof TarError) throw new BackupFileError(error.message, { cause: error })
    throw error
  } finally {
    source.destroy()
    archive.destroy()
  }
}

async function readArchive(archive: Readable, filesDir: string | null): Promise<BackupManifest> {
  const hash = createHash('sha256')
  const reader = createReader(archive)
  let manifest: BackupManifest | null = null
  for (;;) {
    // The checksum is of all before its own header.
    const before = hash.copy().digest('hex')
    const block = await reader.read(TAR_BLOCK)
    hash.update(block)
    const entry = readTarHeader(block)
    if (entry === null) throw new BackupFileError('it is cut off')
    if (manifest === null) manifest = manifestOf(entry, await readText(reader, entry, hash))
    else if (entry.path === CHECKSUM) {
      if ((await readText(reader, entry, hash)).trim() !== before)
        throw new BackupFileError('its checksum does not fit: it is damaged')
      await reader.skipRest()
      return manifest
    } else await readEntry(reader, entry, hash, filesDir)
  }
}

function manifestOf({ path }: TarEntry, content: string): BackupManifest {
  const manifest = path === MANIFEST ? parsed(content) : null
  if (manifest?.format !== 'sluice-backup') throw new BackupFileError('it is no backup of Sluice')
  if ((manifest.version as number) !== 1) {
    throw new BackupFileError(
      `it is of version ${String(manifest.version)}, which this program does not know: take a newer one`
    )
  }
  return manifest
}

function parsed(content: string): BackupManifest | null {
  try {
    return JSON.parse(content) as BackupManifest | null
  } catch {
    return null
  }
}

type Hash = ReturnType<typeof createHash>

async function readText(reader: Reader, { bytes }: TarEntry, hash: Hash): Promise<string> {
  if (bytes > MAX_TEXT_BYTES) throw new BackupFileError('it is no backup of Sluice')
  const content = await reader.read(bytes)
  hash.update(content).update(await reader.read(tarPadding(bytes).length))
  return content.toString()
}

/** Nothing is written outside of `filesDir`, whatever the archive says. */
async function readEntry(reader: Reader, { path, type, bytes }: TarEntry, hash: Hash, filesDir: string | null): Promise<void> {
  const parts = path.split('/')
  if (parts[0] !== DATABASE || parts.some((part) => !/^[\w-][\w.-]*$/.test(part))) {
    throw new BackupFileError(`it has something that is not of a database: ${path}`)
  }
  const place = filesDir === null ? null : join(filesDir, ...parts.slice(1))
  if (type === 'folder') {
    if (place !== null) await mkdir(place, { recursive: true, mode: 0o700 })
    return
  }
  if (place !== null) await mkdir(dirname(place), { recursive: true, mode: 0o700 })
  const file = place === null ? null : await open(place, 'wx', 0o600)
  try {
    for await (const chunk of reader.chunks(bytes)) {
      hash.update(chunk)
      await file?.appendFile(chunk)
    }
  } finally {
    await file?.close()
  }
  hash.update(await reader.read(tarPadding(bytes).length))
}

interface Reader {
  /** Exactly so many bytes. */
  read: (bytes: number) => Promise<Buffer>
  /** The same in parts. */
  chunks: (bytes: number) => AsyncGenerator<Buffer>
  /** To the end, so that the compression's own checksum is looked at too. */
  skipRest: () => Promise<void>
}

function createReader(source: Readable): Reader {
  const iterator = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function* chunks(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      if (rest.length === 0) {
        const next = await iterator.next()
        if (next.done === true) throw new BackupFileError('it is cut off')
        rest = next.value
      }
      const chunk = rest.subarray(0, left)
      rest = rest.subarray(chunk.length)
      left -= chunk.length
      yield chunk
    }
  }

  return {
    chunks,
    async read(bytes) {
      const parts: Buffer[] = []
      for await (const chunk of chunks(bytes)) parts.push(chunk)
      return Buffer.concat(parts)
    },
    async skipRest() {
      while ((await iterator.next()).done !== true);
    }
  }
}
