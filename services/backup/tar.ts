/** One entry of a tar archive (POSIX ustar): a folder, or a file of `bytes` length. */
export interface TarEntry {
  /** With `/` between its parts, of 100 bytes at most. */
  path: string
  type: 'file' | 'folder'
  bytes: number
}

export class TarError extends Error {
  override name = 'TarError'
}

export const TAR_BLOCK = 512

const MAX_PATH_BYTES = 100
/** What eleven octal digits can say. */
const MAX_FILE_BYTES = 8 ** 11 - 1
const TYPES = { file: '0', folder: '5' } as const
const END = Buffer.alloc(2 * TAR_BLOCK)

export function tarHeader({ path, type, bytes }: TarEntry): Buffer {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || bytes > MAX_FILE_BYTES)
    throw new TarError(`${path} does not fit into the archive`)
  const header = Buffer.alloc(TAR_BLOCK)
  header.write(path, 0)
  header.write(type === 'folder' ? '0000700\0' : '0000600\0', 100)
  header.write('0000000\u00000000000\0', 108)
  header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write(TYPES[type], 156)
  header.write('ustar\u000000', 257)
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** What fills the last block of a file. */
export const tarPadding = (bytes: number) => Buffer.alloc((TAR_BLOCK - (bytes % TAR_BLOCK)) % TAR_BLOCK)

export const tarEnd = () => END

/** Null at the archive's end. Throws TarError for what `tarHeader` does not make. */
export function readTarHeader(block: Buffer): TarEntry | null {
  if (block.every((byte) => byte === 0)) return null
  if (block.toString('latin1', 257, 262) !== 'ustar') throw new TarError('it is no tar archive')
  if (Number.parseInt(text(block, 148, 8), 8) !== checksumOf(block)) throw new TarError('a header is damaged')
  const type = Object.entries(TYPES).find(([, flag]) => flag === text(block, 156, 1))?.[0] as TarEntry['type'] | undefined
  const path = text(block, 0, MAX_PATH_BYTES)
  const bytes = Number.parseInt(text(block, 124, 12), 8)
  if (type === undefined || text(block, 345, 155) !== '' || !Number.isSafeInteger(bytes))
    throw new TarError(`it has an entry of another kind: ${path}`)
  return { path, type, bytes }
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

/** The sum of all bytes, with spaces where it stands itself. */
function checksumOf(block: Buffer): number {
  let sum = 0
  for (let index = 0; index < TAR_BLOCK; index += 1) sum += index >= 148 && index < 156 ? 32 : (block[index] ?? 0)
  return sum
}
