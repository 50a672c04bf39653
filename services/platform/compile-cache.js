import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))

/**
 * Keeps what is compiled from now on for the next start, beside the code, where nobody can write who could not change the code as
 * well. Where that cannot be written, what is there is used, and nothing is kept. NODE_COMPILE_CACHE names another folder,
 * NODE_DISABLE_COMPILE_CACHE=1 none.
 *
 * In plain JavaScript, like the files in bin/, so that it can come before all TypeScript: Node loads what strips types (in each
 * thread 0.1 s and 20 MB) for the first file that is not in the cache.
 */
export function keepCompiledCode() {
  enableCompileCache(FOLDER)
  // Threads have no cache of their own but by this.
  process.env['NODE_COMPILE_CACHE'] ||= FOLDER
}
