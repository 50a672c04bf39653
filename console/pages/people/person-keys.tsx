import { Group, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { NewSecretDialog, type NewSecret } from '../../parts/new-secret.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { CreateKey } from './create-key.tsx'
import { keyColumns } from './key-columns.tsx'
import type { PersonRow } from './person.tsx'

export type KeyRow = ResponseOf<'get', '/admin/v1/keys'>['data'][number]

/** Somebody’s keys, their limits and what is used of them. */
export function PersonKeys({ person: { email }, mayChange }: { person: PersonRow; mayChange: boolean }) {
  const queries = useQueryClient()
  const keys = $api.useInfiniteQuery('get', '/admin/v1/keys', { params: { query: { user: email, limit: 100 } } }, BY_CURSOR)
  const [made, setMade] = useState<NewSecret | null>(null)

  async function show(secret: NewSecret) {
    setMade(secret)
    await queries.invalidateQueries()
  }

  return (
    <Stack gap="xs" align="stretch">
      <PagedTable
        query={keys}
        name="Keys"
        columns={keyColumns(mayChange ? show : null)}
        empty={mayChange ? 'There is no key. Create one, and hand it over privately.' : 'There is no key.'}
      />
      {mayChange ? (
        <Group>
          <CreateKey email={email} onSecret={show} />
        </Group>
      ) : null}
      <NewSecretDialog made={made} onClose={() => setMade(null)} side="admin" />
    </Stack>
  )
}
