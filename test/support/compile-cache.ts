import { fileURLToPath } from 'node:url'

/**
 * For the environment of processes that a test starts with one of its own: hundreds of them compile the same files. The scripts of
 * package.json name the same folder.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))
}
