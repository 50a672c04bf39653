import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The keys of an installation that was given none, the one that encrypts first: kept in `dataDir`/secret-key (mode 0600), a
 * line each. There is one, made when it is first needed; during a rotation, and after one that was interrupted, there are more.
 */
export function loadOrCreateSecretKeys(dataDir: string): string[] {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = fileOf(dataDir)
  return readKeys(file) ?? createFile(file)
}

/** Puts a new key before those in the file, which stay, and returns it. The file is the old or the new one, whole, at any moment. */
export function addSecretKey(dataDir: string): string {
  const keys = loadOrCreateSecretKeys(dataDir)
  const key = generateSecretKey()
  replaceFile(fileOf(dataDir), [key, ...keys])
  return key
}

/**
 * Leaves only `current` in the file: for when nothing is sealed with another key any more, also on the disk. Nothing is done
 * unless it is the first key: another rotation that began meanwhile ends with this itself.
 */
export function dropOldSecretKeys(dataDir: string, current: string): void {
  const [first, ...others] = loadOrCreateSecretKeys(dataDir)
  if (first === current && others.length > 0) replaceFile(fileOf(dataDir), [current])
}

/** The same without making one; null when there is none. */
export function readSecretKeys(dataDir: string): string[] | null {
  return readKeys(fileOf(dataDir))
}

const KEY_BYTES = 32

function generateSecretKey(): string {
  return randomBytes(KEY_BYTES).toString('hex')
}

const fileOf = (dataDir: string) => join(dataDir, 'secret-key')

/** Null when there is no file yet. */
function readKeys(file: string): string[] | null {
  try {
    return readFileSync(file, 'utf8')
      .split(/[\s,]+/)
      .filter((key) => key !== '')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

function createFile(file: string): string[] {
  const draft = writeDraft(file, [generateSecretKey()])
  try {
    // A link fails where a rename would replace: the key that was there first stays, whole.
    linkSync(draft, file)
    syncFolder(dirname(file))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readKeys(file) ?? []
}

function replaceFile(file: string, keys: readonly string[]): void {
  const draft = writeDraft(file, keys)
  try {
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(dirname(file))
}

/** What is encrypted with a key must not outlive it in a power failure. */
function writeDraft(file: string, keys: readonly string[]): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(descriptor, keys.map((key) => `${key}\n`).join(''))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return draft
}

/** A rename is durable when its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function hasCode(error: unknown, code: string) {
  return error instanceof Error && 'code' in error && error.code === code
}
