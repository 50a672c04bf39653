const MINUTE = 60_000

/** How accounts cool down where a test says nothing else: a breaker opens at the first failure. */
export const HEALTH_RULES = {
  cooldownMinMs: 5000,
  cooldownMaxMs: 480 * MINUTE,
  cooldownUnnamedMs: 5 * MINUTE,
  overloadCooldownMs: 10 * MINUTE,
  breakerFailures: 1,
  breakerOpenMs: MINUTE,
  originProbeMs: 10_000,
  cooldownProbeMs: 15 * MINUTE,
  utilizationThreshold: 0.95
}
