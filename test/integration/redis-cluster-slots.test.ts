import { redisSlotsContract } from '../support/redis-slots-contract.ts'

await redisSlotsContract({ cluster: true })
