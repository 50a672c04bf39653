import { Gauge, type Registry } from 'prom-client'
import { VERSION } from '../../platform/version.ts'

/** Which Sluice runs here, and on which Node. */
export function createBuildMetrics(registry: Registry): void {
  const info = new Gauge({
    name: 'sluice_build_info',
    help: 'Always 1; its labels say which version runs.',
    labelNames: ['version', 'node'],
    registers: [registry]
  })
  info.set({ version: VERSION, node: process.versions.node }, 1)
}
