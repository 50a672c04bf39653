import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEGRADED_MODES, type LivedThrough } from '../../resources/records/degraded-modes.ts'

/** Keeps in the data folder what the database cannot be told yet, for the next life. */
export function unsavedFile(dataDir: string) {
  const path = join(dataDir, 'degraded-modes.json')
  return {
    /** Nothing where there is no such file, or none that can be read. */
    async read(): Promise<LivedThrough[]> {
      try {
        const kept: unknown = JSON.parse(await readFile(path, 'utf8'))
        return Array.isArray(kept) ? kept.filter(isLivedThrough) : []
      } catch {
        return []
      }
    },
    async write(lived: readonly LivedThrough[]): Promise<void> {
      if (lived.length === 0) return await rm(path, { force: true })
      await writeFile(`${path}.new`, JSON.stringify(lived), { mode: 0o600 })
      await rename(`${path}.new`, path) // nobody reads half of it
    }
  }
}

const TEXTS = ['id', 'instanceId', 'replica'] as const

function isLivedThrough(value: unknown): value is LivedThrough {
  if (typeof value !== 'object' || value === null) return false
  const lived = value as Record<keyof LivedThrough, unknown>
  const { mode, beganAt, endedAt, isCut, facts } = lived
  const isDated = isInstant(beganAt) && isInstant(endedAt) && beganAt <= endedAt
  const isTold = typeof isCut === 'boolean' && typeof facts === 'object' && facts !== null
  return (
    isDated &&
    isTold &&
    TEXTS.every((name) => typeof lived[name] === 'string') &&
    DEGRADED_MODES.some((known) => known === mode)
  )
}

const LAST_INSTANT = 8.64e15
const isInstant = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= LAST_INSTANT
