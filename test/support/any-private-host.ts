import { createHostRules } from '../../services/platform/network/host-rules.ts'

/** For tests whose upstreams are on this machine. */
export const ANY_PRIVATE_HOST = createHostRules({ networks: 'all', own: [] })
