import { readdir, readFile } from 'node:fs/promises'

/** CPU time the process has used, all threads, in milliseconds. Linux only. */
export async function cpuMs(pid: number): Promise<number> {
  try {
    // Nanoseconds per thread, where stat counts ticks of 10 ms; threads that ended are missed, and Node keeps its own.
    const threads = await readdir(`/proc/${pid}/task`)
    const onCpu = await Promise.all(
      threads.map(async (thread) => await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
    )
    const total = onCpu.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0)
    if (total > 0) return total / 1e6
  } catch {
    // A kernel without schedstats, or a thread that ended meanwhile: the ticks know.
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Resident memory of the process in bytes. Linux only. */
export async function residentBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const kilobytes =
    /^Rss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
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
