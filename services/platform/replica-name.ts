import { hostname } from 'node:os'

/** What an operator knows a replica by: its host, which is its pod's name in Kubernetes, and what tells it from others there. */
export const replicaName = (instanceId: string): string => `${hostname()}/${instanceId.slice(0, 8)}`
