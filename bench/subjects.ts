import { firstLine, GATEWAY_CORE, spawnNode, stopProcess } from './processes.ts'

/** Something the load can be sent through. */
export interface Subject {
  name: string
  start: (upstreamUrl: string) => Promise<RunningSubject>
}

export interface RunningSubject {
  url: string
  /** Sent with each request: the key, say. */
  headers: Record<string, string>
  /** The process whose CPU and memory count; null if there is none between load and upstream. */
  pid: number | null
  stop: () => Promise<void>
}

/** No gateway: what the load and the upstream do by themselves. */
export const direct: Subject = {
  name: 'direct',
  start: (upstreamUrl) =>
    Promise.resolve({ url: upstreamUrl, headers: { 'x-api-key': 'none' }, pid: null, stop: () => Promise.resolve() })
}

export const floor = floorNamed('floor')

/** The floor against itself: how far its ratios are from 1 is what this machine's noise does to all others. */
export const floorAgain = floorNamed('floor-again')

function floorNamed(name: string): Subject {
  return { name, start: startFloor }
}

async function startFloor(upstreamUrl: string): Promise<RunningSubject> {
  const child = spawnNode('floor.ts', { core: GATEWAY_CORE, args: [upstreamUrl] })
  const url = await firstLine(child)
  return { url, headers: { 'x-api-key': 'none' }, pid: child.pid ?? null, stop: () => stopProcess(child) }
}
