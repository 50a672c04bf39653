import { Counter, type Registry } from 'prom-client'

/** Counts sign-ins that are used from networks far apart; the returned function is called for each time that one is told of. */
export function createSignInMetrics(registry: Registry): () => void {
  const farApart = new Counter({
    name: 'sluice_sign_ins_far_apart_total',
    help: 'How often a sign-in was used from two networks at once.',
    registers: [registry]
  })
  return () => farApart.inc()
}
