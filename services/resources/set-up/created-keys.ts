import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CreatedKey } from './apply.ts'

/**
 * Stores generated client keys where only the operator can read them: appended to `dataDir`/created-keys (mode 0600), one per
 * line. They are stored nowhere else and never logged. Returns the file, or null when there is nothing to keep.
 */
export async function keepCreatedKeys(dataDir: string, keys: readonly CreatedKey[]): Promise<string | null> {
  if (keys.length === 0) return null
  const file = join(dataDir, 'created-keys')
  const lines = keys.map(({ email, name, key }) => `${email} ${name} ${key}\n`)
  await appendFile(file, lines.join(''), { mode: 0o600 })
  return file
}
