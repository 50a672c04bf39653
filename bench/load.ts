/**
 * The load as a process. It writes requests made once to plain sockets and reads as little of the responses as it can, so that it
 * keeps up with a gateway that has a core for itself. It takes jobs as JSON lines on stdin and prints one JSON line for each.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from './measure.ts'
import { requestBody } from './request-body.ts'

export interface LoadTarget {
  url: string
  headers: Record<string, string>
  /** What the upstream shall answer. */
  response: 'json' | 'burst' | 'brief' | 'paced'
  bodyBytes: number
}

export type Job =
  /** So many connections, each sending its next request when the last is answered. */
  | { kind: 'throughput'; target: LoadTarget; concurrency: number; seconds: number }
  /** Requests at fixed instants, whether or not earlier ones are answered. */
  | { kind: 'arrivals'; target: LoadTarget; ratePerSecond: number; seconds: number }
  /** Opens so many paced streams and holds them until `close-streams`. */
  | { kind: 'open-streams'; target: LoadTarget; streams: number }
  | { kind: 'close-streams' }
  /** Keeps so many connections asking again as soon as they are answered, until `close-queue`. */
  | { kind: 'open-queue'; target: LoadTarget; connections: number }
  /** How many were answered since the last time. */
  | { kind: 'read-queue' }
  | { kind: 'close-queue' }

export interface JobResult {
  requests: number
  seconds: number
  errors: number
  /** Until the first byte of the body, in ms. */
  firstByteMs: { p50: number; p99: number }
  /** For streams: events that came while they were held, and the longest wait for one, in ms. */
  events: number
  longestGapMs: number
}

const NO_RESULT: JobResult = {
  requests: 0,
  seconds: 0,
  errors: 0,
  firstByteMs: { p50: NaN, p99: NaN },
  events: 0,
  longestGapMs: 0
}

function requestBytes(target: LoadTarget): Buffer {
  const body = requestBody(target.bodyBytes, target.response !== 'json')
  const headers = {
    host: new URL(target.url).host,
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'claude-cli/2.1.330 (external, cli)',
    'x-claude-code-session-id': '0a8b6c1e-64f3-4b5d-8d7b-3d6a4f0c2e11',
    'x-stainless-arch': 'x64',
    'x-stainless-lang': 'js',
    'x-stainless-os': 'Linux',
    'x-stainless-package-version': '1.12.0',
    'x-stainless-retry-count': '0',
    'x-stainless-runtime': 'node',
    'x-stainless-runtime-version': 'v24.3.0',
    'x-stainless-timeout': '600',
    'x-app': 'cli',
    'anthropic-dangerous-direct-browser-access': 'true',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,effort-2025-11-24',
    'accept-encoding': 'gzip, deflate, br, zstd',
    ...target.headers,
    'content-length': String(body.length)
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST /v1/messages?beta=true&bench=${target.response} HTTP/1.1\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

interface TimedResponse {
  ok: boolean
  firstByteMs: number
}

/** One keep-alive connection that carries one exchange at a time. */
function createConnection(target: LoadTarget) {
  const { hostname, port } = new URL(target.url)
  let settle: ((response: TimedResponse) => void) | null = null
  let sentAt = 0
  let head = ''
  let hasHead = false
  let isOk = false
  let bodyLeft = 0
  let tail = ''
  let firstByteMs = NaN
  const connection = { events: 0, longestGapMs: 0, lastEventAt: 0, isOpen: true, socket: connect(Number(port), hostname) }

  function end(ok: boolean): void {
    const done = settle
    settle = null
    head = ''
    hasHead = false
    done?.({ ok, firstByteMs })
  }
  function onBody(bytes: Buffer): void {
    if (bytes.length === 0 && bodyLeft !== 0) return
    const now = performance.now()
    if (Number.isNaN(firstByteMs)) firstByteMs = now - sentAt
    else connection.longestGapMs = Math.max(connection.longestGapMs, now - connection.lastEventAt)
    connection.events++
    connection.lastEventAt = now
    if (bodyLeft === Infinity) {
      tail = bytes.length >= 5 ? bytes.toString('latin1', bytes.length - 5) : (tail + bytes.toString('latin1')).slice(-5)
      if (tail === '0\r\n\r\n') end(isOk)
      return
    }
    bodyLeft -= bytes.length
    if (bodyLeft <= 0) end(isOk)
  }
  connection.socket.setNoDelay(true)
  connection.socket.on('data', (bytes: Buffer) => {
    if (hasHead) return onBody(bytes)
    head += bytes.toString('latin1')
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    hasHead = true
    isOk = head.startsWith('HTTP/1.1 200')
    const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end + 2))?.[1]
    bodyLeft = length === undefined ? Infinity : Number(length)
    tail = ''
    onBody(bytes.subarray(bytes.length - (head.length - end - 4)))
  })
  connection.socket.on('error', () => connection.socket.destroy())
  connection.socket.on('close', () => {
    connection.isOpen = false
    end(false)
  })
  return Object.assign(connection, {
    send(request: Buffer): Promise<TimedResponse> {
      sentAt = performance.now()
      firstByteMs = NaN
      return new Promise((resolve) => {
        settle = resolve
        if (connection.isOpen) connection.socket.write(request)
        else end(false)
      })
    }
  })
}

type Connection = ReturnType<typeof createConnection>

async function runThroughput(job: Extract<Job, { kind: 'throughput' }>): Promise<JobResult> {
  const request = requestBytes(job.target)
  const firstBytes: number[] = []
  let errors = 0
  const from = performance.now()
  const until = from + job.seconds * 1000
  await Promise.all(
    Array.from({ length: job.concurrency }, async () => {
      let connection = createConnection(job.target)
      while (performance.now() < until) {
        const response = await connection.send(request)
        if (response.ok) firstBytes.push(response.firstByteMs)
        else errors++
        if (!connection.isOpen) {
          connection = createConnection(job.target)
          await delay(1)
        }
      }
      connection.socket.destroy()
    })
  )
  return { ...NO_RESULT, ...summary(firstBytes), errors, seconds: (performance.now() - from) / 1000 }
}

async function runArrivals(job: Extract<Job, { kind: 'arrivals' }>): Promise<JobResult> {
  const request = requestBytes(job.target)
  const idle: Connection[] = []
  const firstBytes: number[] = []
  let errors = 0
  const exchange = async () => {
    const connection = idle.pop() ?? createConnection(job.target)
    const response = await connection.send(request)
    if (response.ok) firstBytes.push(response.firstByteMs)
    else errors++
    if (connection.isOpen) idle.push(connection)
  }
  const from = performance.now()
  const exchanges: Array<Promise<void>> = []
  for (let sent = 0; sent < job.ratePerSecond * job.seconds; sent++) {
    const dueInMs = from + (sent * 1000) / job.ratePerSecond - performance.now()
    if (dueInMs > 0) await delay(dueInMs)
    exchanges.push(exchange())
  }
  await Promise.all(exchanges)
  for (const connection of idle) connection.socket.destroy()
  return { ...NO_RESULT, ...summary(firstBytes), errors, seconds: (performance.now() - from) / 1000 }
}

function summary(firstBytes: number[]): Pick<JobResult, 'requests' | 'firstByteMs'> {
  const sorted = firstBytes.sort((a, b) => a - b)
  return { requests: sorted.length, firstByteMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) } }
}

let held: Connection[] = []
let heldFrom = 0

/** Resolves when each stream has had its first events. */
async function openStreams(job: Extract<Job, { kind: 'open-streams' }>): Promise<JobResult> {
  const request = requestBytes(job.target)
  for (let opened = 0; opened < job.streams; opened++) {
    const connection = createConnection(job.target)
    held.push(connection)
    void connection.send(request)
    // Ten at a time, so that opening is no burst that leaves its mark on the memory.
    if (opened % 10 === 9) await delay(20)
  }
  const deadline = performance.now() + 10_000
  while (held.some((connection) => connection.events < 3) && performance.now() < deadline) await delay(20)
  const started = held.filter((connection) => connection.events >= 3).length
  for (const connection of held) Object.assign(connection, { events: 0, longestGapMs: 0 })
  heldFrom = performance.now()
  return { ...NO_RESULT, requests: started, errors: held.length - started }
}

async function closeStreams(): Promise<JobResult> {
  const result = {
    ...NO_RESULT,
    requests: held.length,
    seconds: (performance.now() - heldFrom) / 1000,
    errors: held.filter((connection) => !connection.isOpen).length,
    events: held.reduce((sum, connection) => sum + connection.events, 0),
    longestGapMs: Math.max(0, ...held.map((connection) => connection.longestGapMs))
  }
  await Promise.all(held.map((connection) => closed(connection.socket)))
  held = []
  return result
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve()).destroy()
  })
}

let queue: Connection[] = []
let queueResponses = { ok: 0, failed: 0 }

/** Resolves when all have sent their first request. */
async function openQueue(job: Extract<Job, { kind: 'open-queue' }>): Promise<JobResult> {
  const request = requestBytes(job.target)
  queueResponses = { ok: 0, failed: 0 }
  const asking = async (connection: Connection) => {
    while (connection.isOpen) {
      const { ok } = await connection.send(request)
      if (connection.isOpen) queueResponses[ok ? 'ok' : 'failed']++
    }
  }
  for (let opened = 0; opened < job.connections; opened++) {
    const connection = createConnection(job.target)
    queue.push(connection)
    void asking(connection)
    if (opened % 50 === 49) await delay(20)
  }
  return NO_RESULT
}

function readQueue(): JobResult {
  const { ok, failed } = queueResponses
  queueResponses = { ok: 0, failed: 0 }
  return { ...NO_RESULT, requests: ok, errors: failed }
}

async function closeQueue(): Promise<JobResult> {
  const errors = queueResponses.failed + queue.filter((connection) => !connection.isOpen).length
  await Promise.all(queue.map((connection) => closed(connection.socket)))
  queue = []
  return { ...NO_RESULT, errors }
}

async function run(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'throughput':
      return await runThroughput(job)
    case 'arrivals':
      return await runArrivals(job)
    case 'open-streams':
      return await openStreams(job)
    case 'close-streams':
      return await closeStreams()
    case 'open-queue':
      return await openQueue(job)
    case 'read-queue':
      return readQueue()
    case 'close-queue':
      break
  }
  return await closeQueue()
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await run(JSON.parse(line) as Job)))
  }
}
