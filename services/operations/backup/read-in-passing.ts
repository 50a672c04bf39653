import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { readBackup, type UseTable } from './backup-file.ts'

/**
 * Reads a backup on its way to somewhere else. `bytes` passes it on, and throws what is wrong with it at its end at the latest;
 * `content` is what it is, once it has passed.
 */
export function readInPassing(source: AsyncIterable<Buffer>, use: UseTable) {
  const copy = new PassThrough()
  copy.on('error', () => {})
  const content = readBackup(copy, use)
  content.catch(() => {})

  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source) {
        if (!copy.write(chunk)) await Promise.race([once(copy, 'drain'), content])
        yield chunk
      }
      copy.end()
      await content
    } finally {
      copy.destroy()
    }
  }

  return { bytes: bytes(), content }
}
