import { readdir, readFile } from 'node:fs/promises'

/** The process and all that came of it, parents first. Linux only. */
export async function processTree(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''))
  )
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
  return [pid, ...(await Promise.all(children.map(processTree))).flat()]
}

/**
 * CPU time that the process and its children have used, all threads, in milliseconds: a database that a gateway brings along
 * is part of its price. Linux only.
 */
export async function cpuMs(pid: number): Promise<number> {
  const used = await Promise.all((await processTree(pid)).map(cpuMsOfOne))
  return used.reduce((sum, ms) => sum + ms, 0)
}

const TICK_MS = 10

/** With that of its children that have ended. */
async function cpuMsOfOne(pid: number): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [user, system, userOfEnded, systemOfEnded] = fields.slice(11, 15).map((ticks) => Number(ticks) * TICK_MS) as [
      number,
      number,
      number,
      number
    ]
    return ((await threadsMs(pid)) ?? user + system) + userOfEnded + systemOfEnded
  } catch {
    return 0 // It ended meanwhile: its parent's count has it now.
  }
}

/** Nanoseconds a thread, where stat counts ticks of 10 ms; null where the kernel does not count them. */
async function threadsMs(pid: number): Promise<number | null> {
  const threads = await readdir(`/proc/${pid}/task`)
  const lines = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0'))
  )
  const total = lines.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0)
  return total > 0 ? total / 1e6 : null
}

/**
 * Memory of the process and its children in bytes, what they share counted once (proportional set size). Linux only.
 */
export async function residentBytes(pid: number): Promise<number> {
  const sizes = await Promise.all((await processTree(pid)).map(proportionalBytes))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

async function proportionalBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
}

export function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

export interface Spread {
  median: number
  min: number
  max: number
}

/** Of no values, all three are NaN. */
export function spread(values: number[]): Spread {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const middle = sorted.length / 2
  const median = Number.isInteger(middle) ? ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2 : quantile(sorted, 0.5)
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN }
}
