import { firstLine, GATEWAY_CORE, spawnNode, stopProcess } from './processes.ts'

/** How many requests of the queued user run at once. */
export const SLOTS_OF_QUEUED = 10

/** Something the load can be sent through. */
export interface Subject {
  name: string
  /** What its ratios are to, where it is not the floor, with the highest CPU ratio that is still good. */
  besides?: { subject: string; cpuTarget: number }
  start: (upstreamUrl: string) => Promise<RunningSubject>
}

export interface RunningSubject {
  url: string
  /** Sent with each request: the key, say. */
  headers: Record<string, string>
  /** The same for a user who has SLOTS_OF_QUEUED slots and lets thousands wait; null where nothing queues. */
  queuedHeaders: Record<string, string> | null
  /** The process whose CPU and memory count, with its children; null if there is none between load and upstream. */
  pid: number | null
  /** From its start to being ready, in ms. */
  readyMs: number
  /** Ends it and starts it anew on what it has stored; resolves to how long that start took. Null where nothing is stored. */
  restart: (() => Promise<number>) | null
  stop: () => Promise<void>
}

/** No gateway: what the load and the upstream do by themselves. */
export const direct: Subject = {
  name: 'direct',
  start: (upstreamUrl) =>
    Promise.resolve({
      url: upstreamUrl,
      headers: { 'x-api-key': 'none' },
      queuedHeaders: null,
      pid: null,
      readyMs: NaN,
      restart: null,
      stop: () => Promise.resolve()
    })
}

export const floor = floorNamed('floor')

/** The floor against itself: how far its ratios are from 1 is what this machine's noise does to all others. */
export const floorAgain = floorNamed('floor-again')

function floorNamed(name: string): Subject {
  return { name, start: startFloor }
}

async function startFloor(upstreamUrl: string): Promise<RunningSubject> {
  const startedAt = performance.now()
  const child = spawnNode('floor.ts', { core: GATEWAY_CORE, args: [upstreamUrl] })
  const url = await firstLine(child)
  return {
    url,
    headers: { 'x-api-key': 'none' },
    queuedHeaders: null,
    pid: child.pid ?? null,
    readyMs: performance.now() - startedAt,
    restart: null,
    stop: () => stopProcess(child)
  }
}
