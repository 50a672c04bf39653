import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Behaviour, BehaviourRule, InFlight, MessageStart, RecordedRequest } from './upstream.ts'

interface SimulatedUpstreamProcess {
  url: string
  pid: number
  setBehaviour: (source: Behaviour | BehaviourRule[]) => Promise<void>
  stats: () => Promise<InFlight & { byCredential: Record<string, InFlight>; connections: { total: number; open: number } }>
  messageStarts: () => Promise<MessageStart[]>
  requests: () => Promise<Array<Omit<RecordedRequest, 'body'>>>
  reset: () => Promise<void>
  /** Resolves when the process is gone. */
  stop: () => Promise<void>
}

/** Starts the simulated upstream as a process of its own, so that it outlives (and isn't slowed by) the test's process. */
export async function spawnSimulatedUpstream(
  options: { port?: number; record?: 'heads' | 'none' } = {}
): Promise<SimulatedUpstreamProcess> {
  const script = fileURLToPath(new URL('upstream.ts', import.meta.url))
  const args = [script, '--port', String(options.port ?? 0), '--record', options.record ?? 'heads']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const [url] = (await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => Promise.reject(new Error(`the simulated upstream ended with ${String(code)} before it listened`)))
  ])) as [string]

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}/__sim/${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  return {
    url,
    pid: child.pid ?? 0,
    setBehaviour: async (source) => void (await ask('PUT', 'behaviour', source)),
    stats: () => ask('GET', 'stats'),
    messageStarts: () => ask('GET', 'message-starts'),
    requests: () => ask('GET', 'requests'),
    reset: async () => void (await ask('POST', 'reset')),
    async stop() {
      child.kill('SIGTERM')
      await exited
    }
  }
}
