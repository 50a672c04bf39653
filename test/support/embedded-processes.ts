import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/** The processes that work in the folder of a database's files: Postgres and all that it has started. */
export function processesIn(filesDir: string): number[] {
  if (!existsSync(filesDir)) return []
  const place = realpathSync(filesDir)
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === place ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

/** The process that serves a database, by its own word. */
export const postmasterOf = (dataDir: string) =>
  Number.parseInt(readFileSync(join(dataDir, 'database', 'postmaster.pid'), 'utf8'), 10)

/** Those who would end a process if its owner were gone. */
export function keepersOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const [shell, ...args] = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      return shell === '/bin/sh' && args[1]?.startsWith('read') === true && args.includes(String(pid)) ? [Number(name)] : []
    } catch {
      return []
    }
  })
}
