import type { Clock } from './clock.ts'

interface StopSignalOptions {
  clock: Pick<Clock, 'uptime'>
  stop: (signal: NodeJS.Signals) => void
  /** At each signal after the first. */
  hurry?: () => void
  source?: Pick<NodeJS.EventEmitter, 'on'>
}

/**
 * A terminal gives Ctrl-C to all processes of its group, and a service manager may give SIGTERM to all of a service; npm then passes
 * the same on to the script that it runs. Nobody who is in a hurry is that quick.
 */
const ECHO_MS = 500

/** Stops at the first SIGTERM or SIGINT, and hurries at later ones. The same one once more within a moment is its echo. */
export function onStopSignals({ clock, stop, hurry = () => {}, source = process }: StopSignalOptions): void {
  let first: { signal: NodeJS.Signals; at: number } | null = null
  const heard = (signal: NodeJS.Signals) => {
    if (first === null) {
      first = { signal, at: clock.uptime() }
      stop(signal)
    } else if (signal !== first.signal || clock.uptime() - first.at >= ECHO_MS) hurry()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) source.on(signal, heard)
}
