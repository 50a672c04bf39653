import { Counter, type Registry } from 'prom-client'

/** Counts brakes that were reached, by what was too much and what the brake does then. */
export function createBrakeMetrics(registry: Registry): (kind: string, action: string) => void {
  const trips = new Counter({
    name: 'sluice_brake_trips_total',
    help: 'How often a brake was reached, by what was too much and what it does then.',
    labelNames: ['kind', 'action'],
    registers: [registry]
  })
  return (kind, action) => trips.inc({ kind, action })
}
