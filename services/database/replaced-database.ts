import { existsSync, renameSync, rmSync } from 'node:fs'

/** Whole files that are about to become the database. */
const incomingOf = (filesDir: string) => `${filesDir}.restored`

/**
 * Puts other files in the place of the database's; the old ones, if there are any, are kept at `keptDir`. All are on one file
 * system, and no process has them open. Killed at any moment, it leaves the old database or, once one is started, the new one.
 */
export function replaceDatabase(filesDir: string, newFilesDir: string, keptDir: string): void {
  const incoming = incomingOf(filesDir)
  rmSync(incoming, { recursive: true, force: true })
  renameSync(newFilesDir, incoming)
  if (existsSync(filesDir)) renameSync(filesDir, keptDir)
  renameSync(incoming, filesDir)
}

/** Ends a replacement that was killed: forwards when the old files have gone already. */
export function endReplacement(filesDir: string): void {
  const incoming = incomingOf(filesDir)
  if (!existsSync(incoming)) return
  if (existsSync(filesDir)) rmSync(incoming, { recursive: true, force: true })
  else renameSync(incoming, filesDir)
}
