import { Badge, Group } from '@mantine/core'
import { Name } from '../../parts/name.tsx'
import { NotStated } from '../../parts/money.tsx'
import type { Server } from './use-servers.ts'

/** Which accounts serve a group; one that no account serves is marked. */
export function ServedBy({ servers }: { servers: readonly Server[] | undefined }) {
  if (servers === undefined) return <NotStated />
  const isServed = servers.some(({ isUsed }) => isUsed)
  return (
    <Group gap={6}>
      {isServed ? null : (
        <Badge color="red" variant="light" tt="none" miw="max-content">
          {servers.length === 0 ? 'no account serves it' : 'no account in use serves it'}
        </Badge>
      )}
      {servers.map(({ id, name, isUsed }) => (
        <span key={id}>
          <Name of={name} width={160} />
          {isUsed ? '' : ' (out of use)'}
        </span>
      ))}
    </Group>
  )
}
