import { Button, SimpleGrid, Stack, Switch, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { NewSecretDialog, type NewSecret } from '../../parts/new-secret.tsx'
import { Page } from '../../parts/page.tsx'
import { CreateKey } from './create-key.tsx'
import { KeyCard } from './key-card.tsx'
import { OwnPauses } from './own-pauses.tsx'

export type OwnKey = ResponseOf<'get', '/me/v1/keys'>['data'][number]

const route = getRouteApi('/signed-in/users/my/keys')

/** Somebody’s own keys, and what they may do with them. */
export function MyKeys() {
  const { revoked = false } = route.useSearch()
  const navigate = route.useNavigate()
  const queries = useQueryClient()
  const keys = $api.useQuery('get', '/me/v1/keys', { params: { query: { limit: 1000 } } })
  const [isCreating, setCreating] = useState(false)
  const [made, setMade] = useState<NewSecret | null>(null)

  async function show(secret: NewSecret) {
    setCreating(false)
    setMade(secret)
    await queries.invalidateQueries()
  }

  return (
    <Page title="Keys" aside={<Button onClick={() => setCreating(true)}>Create a key</Button>}>
      <Loaded query={keys}>
        {({ data }) => {
          const shown = data.filter(({ revoked_at: at }) => revoked || at === null)
          return (
            <Stack>
              <OwnPauses />
              {shown.length > 0 ? null : (
                <Text c="dimmed">You have no key. Create one: Claude Code and other clients sign in with it.</Text>
              )}
              <SimpleGrid cols={{ base: 1, lg: 2 }}>
                {shown.map((key) => (
                  <KeyCard key={key.id} ownKey={key} onSecret={show} />
                ))}
              </SimpleGrid>
              {data.every(({ revoked_at: at }) => at === null) ? null : (
                <Switch
                  label="Show revoked keys, too"
                  checked={revoked}
                  onChange={(event) =>
                    void navigate({ search: event.currentTarget.checked ? { revoked: true } : {}, replace: true })
                  }
                />
              )}
            </Stack>
          )
        }}
      </Loaded>
      <CreateKey opened={isCreating} onClose={() => setCreating(false)} onSecret={show} />
      <NewSecretDialog made={made} onClose={() => setMade(null)} />
    </Page>
  )
}
