import { Counter, Gauge, type Registry } from 'prom-client'

/** Counts how often the machine's clock was set; the returned function is told by how many ms. */
export function createClockMetrics(registry: Registry): (byMs: number) => void {
  const registers = [registry]
  const steps = new Counter({
    name: 'sluice_clock_steps_total',
    help: 'How often the clock of the machine was set.',
    registers
  })
  const last = new Gauge({
    name: 'sluice_clock_last_step_seconds',
    help: 'By how much it was set forward the last time; negative = back.',
    registers
  })
  return (byMs) => {
    steps.inc()
    last.set(byMs / 1000)
  }
}
