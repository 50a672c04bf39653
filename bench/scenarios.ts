import { setTimeout as delay } from 'node:timers/promises'
import type { Job, JobResult, LoadTarget } from './load.ts'
import { cpuMs, residentBytes } from './measure.ts'
import { SLOTS_OF_QUEUED } from './subjects.ts'
import type { RunningSubject, Subject } from './subjects.ts'

export interface Figures {
  /** By name; NaN where a subject has none (CPU without a process). */
  [figure: string]: number
}

export interface Round {
  figures: Figures
  errors: number
  /** Share of its core that each was busy, 0–1. */
  busy: { gateway: number; loadCore: number }
}

export interface FigureSpec {
  name: string
  unit: string
  /** How it is held against the floor: as a multiple of it, as what is added to it, or not at all. */
  compare: 'ratio' | 'difference' | 'none'
  /** The highest ratio, difference or, where it is not compared, value that is still good. */
  target?: number
  /** The ratio is to this other figure of the same round and subject. */
  ratioWithin?: string
}

export interface Scenario {
  name: string
  title: string
  figures: FigureSpec[]
  /** Whether each round needs a process that has done nothing else: memory once taken is seldom given back. */
  fresh: boolean
  /** Rounds with `--rounds` at its default. */
  rounds: number
  skip: (subject: Subject) => boolean
  warmUp: (world: World, subject: RunningSubject) => Promise<void>
  round: (world: World, subject: RunningSubject) => Promise<Round>
}

/** What a scenario measures with. */
export interface World {
  load: (job: Job) => Promise<JobResult>
  loadPid: number
  upstreamPid: number
  seconds: number
  holdSeconds: number
  /** How long a process that has done nothing before is watched at work. */
  coldSeconds: number
}

const REQUESTS = { name: 'requests/s', unit: '/s', compare: 'none' } as const
const CPU = { name: 'CPU', unit: 'ms', compare: 'ratio' } as const

export const scenarios: Scenario[] = [
  start(),
  cold('cold-2k', 'small JSON response, 2 KB request', { response: 'json', bodyBytes: 2_000 }, 300, 2.2),
  cold('cold-100k', 'small JSON response, 100 KB request', { response: 'json', bodyBytes: 100_000 }, 200, 2),
  cold('cold-1m', 'small JSON response, 1 MB request', { response: 'json', bodyBytes: 1_000_000 }, 40, 2),
  throughput('json-2k', 'small JSON response, 2 KB request', { response: 'json', bodyBytes: 2_000 }, 32, 2.2),
  throughput('json-100k', 'small JSON response, 100 KB request', { response: 'json', bodyBytes: 100_000 }, 16, 2),
  throughput('json-1m', 'small JSON response, 1 MB request', { response: 'json', bodyBytes: 1_000_000 }, 8, 2),
  throughput('burst', '100-event stream sent at once, 2 KB request', { response: 'burst', bodyBytes: 2_000 }, 32),
  firstByte(),
  pacedStreams(200),
  pacedStreams(500),
  waiters(20, 2000)
]

/** From the start to being ready, once with nothing stored and once again, and the memory of a process that does nothing. */
function start(): Scenario {
  return {
    name: 'start',
    title: 'start to ready, and memory at rest',
    figures: [
      { name: 'ready, nothing stored', unit: 'ms', compare: 'none', target: 4000 },
      { name: 'ready, started again', unit: 'ms', compare: 'none', target: 1500 },
      { name: 'memory at rest', unit: 'MB', compare: 'none', target: 160 }
    ],
    fresh: true,
    rounds: 3,
    skip: (subject) => subject.name === 'direct',
    warmUp: () => Promise.resolve(),
    async round(world, subject) {
      const { readyMs } = subject
      const againMs = (await subject.restart?.()) ?? NaN
      const used = await watchCpu(world, subject)
      await delay(world.holdSeconds * 1000)
      const figures = {
        'ready, nothing stored': readyMs,
        'ready, started again': againMs,
        'memory at rest': (await memory(subject)) / 1024 / 1024
      }
      return { figures, errors: 0, busy: await used.busy() }
    }
  }
}

/**
 * What teams have: a process that has just started, asked some hundred times a second for a minute. Code that is run so
 * seldom is not what it is after millions of runs.
 */
function cold(
  name: string,
  title: string,
  target: Pick<LoadTarget, 'response' | 'bodyBytes'>,
  ratePerSecond: number,
  limit: number
): Scenario {
  return {
    name,
    title: `${title}, ${ratePerSecond} requests/s to a process that has just started`,
    figures: [
      { ...CPU, target: limit },
      { name: 'first byte, p50', unit: 'ms', compare: 'difference' },
      { name: 'first byte, p99', unit: 'ms', compare: 'difference' }
    ],
    fresh: true,
    rounds: 1,
    skip: () => false,
    warmUp: () => Promise.resolve(),
    async round(world, subject) {
      const used = await watchCpu(world, subject)
      const result = await world.load({
        kind: 'arrivals',
        target: { ...target, url: subject.url, headers: subject.headers },
        ratePerSecond,
        seconds: world.coldSeconds
      })
      const busy = await used.busy()
      await untilIdle(subject)
      const { p50, p99 } = result.firstByteMs
      const figures = { CPU: (await used.gatewayMs()) / result.requests, 'first byte, p50': p50, 'first byte, p99': p99 }
      return { figures, errors: result.errors, busy }
    }
  }
}

function throughput(
  name: string,
  title: string,
  target: Pick<LoadTarget, 'response' | 'bodyBytes'>,
  concurrency: number,
  limit?: number
): Scenario {
  const job = (subject: RunningSubject, seconds: number): Job => ({
    kind: 'throughput',
    target: { ...target, url: subject.url, headers: subject.headers },
    concurrency,
    seconds
  })
  return {
    name,
    title,
    figures: [REQUESTS, limit === undefined ? CPU : { ...CPU, target: limit }],
    fresh: false,
    rounds: 5,
    skip: () => false,
    warmUp: async (world, subject) => {
      await world.load(job(subject, Math.min(1.5, world.seconds)))
      await untilIdle(subject)
    },
    async round(world, subject) {
      const used = await watchCpu(world, subject)
      const result = await world.load(job(subject, world.seconds))
      const busy = await used.busy()
      // What a gateway does about a request after its response is part of the request's price.
      await untilIdle(subject)
      const figures = { 'requests/s': result.requests / result.seconds, CPU: (await used.gatewayMs()) / result.requests }
      return { figures, errors: result.errors, busy }
    }
  }
}

function firstByte(): Scenario {
  const job = (subject: RunningSubject, seconds: number): Job => ({
    kind: 'arrivals',
    target: { response: 'burst', bodyBytes: 100_000, url: subject.url, headers: subject.headers },
    ratePerSecond: 100,
    seconds
  })
  return {
    name: 'first-byte',
    title: 'time to first byte at 100 requests/s, 100 KB request, stream',
    figures: [{ name: 'p50', unit: 'ms', compare: 'difference' }, { name: 'p99', unit: 'ms', compare: 'none', target: 8 }, CPU],
    fresh: false,
    rounds: 5,
    skip: () => false,
    warmUp: async (world, subject) => {
      await world.load(job(subject, 1))
    },
    async round(world, subject) {
      const used = await watchCpu(world, subject)
      const result = await world.load(job(subject, world.seconds * 1.5))
      const busy = await used.busy()
      await untilIdle(subject)
      const { p50, p99 } = result.firstByteMs
      return { figures: { p50, p99, CPU: (await used.gatewayMs()) / result.requests }, errors: result.errors, busy }
    }
  }
}

function pacedStreams(streams: number): Scenario {
  const target = { response: 'paced', bodyBytes: 2_000 } as const
  return {
    name: `paced-${streams}`,
    title: `${streams} concurrent streams, an event each 50 ms`,
    figures: [
      { ...CPU, name: 'CPU per stream-second', target: 1.15 },
      { name: 'memory per stream', unit: 'KB', compare: 'ratio', target: 1.3 },
      { name: 'first byte beside them, p50', unit: 'ms', compare: 'difference', target: 0.7 },
      { name: 'events/s', unit: '/s', compare: 'none' },
      { name: 'longest gap', unit: 'ms', compare: 'none' }
    ],
    fresh: true,
    rounds: 3,
    skip: (subject) => subject.name === 'direct',
    // Few requests at a time: after a flood the heap has grown so far that no stream makes it grow any more.
    warmUp: async (world, subject) => {
      const warm = { ...target, response: 'burst', url: subject.url, headers: subject.headers } as const
      await world.load({ kind: 'arrivals', target: warm, ratePerSecond: 100, seconds: 3 })
      await untilIdle(subject)
    },
    async round(world, subject) {
      const before = await memory(subject)
      const opened = await world.load({
        kind: 'open-streams',
        target: { ...target, url: subject.url, headers: subject.headers },
        streams
      })
      await delay(500)
      const used = await watchCpu(world, subject)
      const from = performance.now()
      await delay(world.holdSeconds * 1000)
      const seconds = (performance.now() - from) / 1000
      const busy = await used.busy()
      const gatewayMs = await used.gatewayMs()
      const kilobytes = ((await memory(subject)) - before) / 1024 / streams
      const probes = await world.load({
        kind: 'arrivals',
        target: { ...target, response: 'brief', url: subject.url, headers: subject.headers },
        ratePerSecond: 20,
        seconds: world.holdSeconds
      })
      const held = await world.load({ kind: 'close-streams' })
      const figures = {
        'CPU per stream-second': gatewayMs / streams / seconds,
        'memory per stream': kilobytes,
        'first byte beside them, p50': probes.firstByteMs.p50,
        'events/s': held.events / held.seconds,
        'longest gap': held.longestGapMs
      }
      return { figures, errors: opened.errors + probes.errors + held.errors, busy }
    }
  }
}

/**
 * One user's slots turn over at a rate that the upstream's time for a response sets, while few or many of the user's streams
 * wait for them: what waiting itself costs is the difference.
 */
function waiters(few: number, many: number): Scenario {
  const CPU_FEW = `CPU, ${few} waiting`
  async function withWaiting(world: World, subject: RunningSubject, waiting: number) {
    const headers = subject.queuedHeaders ?? {}
    await world.load({
      kind: 'open-queue',
      target: { response: 'brief', bodyBytes: 2_000, url: subject.url, headers },
      connections: waiting + SLOTS_OF_QUEUED
    })
    await delay(1000)
    const before = await world.load({ kind: 'read-queue' })
    const used = await watchCpu(world, subject)
    await delay(world.holdSeconds * 2000)
    const busy = await used.busy()
    const gatewayMs = await used.gatewayMs()
    const answered = await world.load({ kind: 'read-queue' })
    const closed = await world.load({ kind: 'close-queue' })
    await untilIdle(subject)
    return { cpu: gatewayMs / answered.requests, busy, errors: before.errors + answered.errors + closed.errors }
  }
  return {
    name: 'waiters',
    title: `${few} and ${many} streams waiting for the ${SLOTS_OF_QUEUED} slots of one user, a response takes 50 ms`,
    figures: [
      { ...CPU, name: CPU_FEW, compare: 'none' },
      { ...CPU, name: `CPU, ${many} waiting`, ratioWithin: CPU_FEW, target: 1.1 }
    ],
    fresh: false,
    rounds: 5,
    skip: (subject) => subject.name !== 'sluice' && subject.name !== 'replica',
    warmUp: async (world, subject) => {
      await withWaiting({ ...world, holdSeconds: 1 }, subject, few)
    },
    async round(world, subject) {
      const cheap = await withWaiting(world, subject, few)
      const dear = await withWaiting(world, subject, many)
      const figures = { [CPU_FEW]: cheap.cpu, [`CPU, ${many} waiting`]: dear.cpu }
      return { figures, errors: cheap.errors + dear.errors, busy: dear.busy }
    }
  }
}

async function memory(subject: RunningSubject): Promise<number> {
  return subject.pid === null ? NaN : await residentBytes(subject.pid)
}

async function watchCpu(world: World, subject: RunningSubject) {
  const gateway = async () => (subject.pid === null ? NaN : await cpuMs(subject.pid))
  const others = async () => (await cpuMs(world.loadPid)) + (await cpuMs(world.upstreamPid))
  const from = performance.now()
  const gatewayBefore = await gateway()
  const othersBefore = await others()
  return {
    gatewayMs: async () => (await gateway()) - gatewayBefore,
    busy: async () => {
      const wallMs = performance.now() - from
      return { gateway: ((await gateway()) - gatewayBefore) / wallMs, loadCore: ((await others()) - othersBefore) / wallMs }
    }
  }
}

/** Waits until the process has next to nothing left to do; 5 s at most. */
async function untilIdle(subject: RunningSubject): Promise<void> {
  if (subject.pid === null) return
  let before = await cpuMs(subject.pid)
  for (let waitedMs = 0; waitedMs < 5000; waitedMs += 200) {
    await delay(200)
    const now = await cpuMs(subject.pid)
    if (now - before < 6) return
    before = now
  }
}
