import { wordsOf } from './error-words.ts'

const PROBLEMS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only'
}

/** Why a file cannot be read or written, for a sentence that names it. The system's own words have its path once more. */
export const fileProblem = (error: unknown): string => PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''] ?? wordsOf(error)
