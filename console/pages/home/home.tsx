import { Stack } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Connect } from './connect.tsx'
import { Left } from './left.tsx'
import { Spent } from './spent.tsx'
import { Teams } from './teams.tsx'

export type Me = ResponseOf<'get', '/me/v1'>
export type OwnKey = ResponseOf<'get', '/me/v1/keys'>['data'][number]

const POLL_MS = 10_000

/** What somebody has left, what they have used, and how they connect. */
export function Home() {
  const me = $api.useQuery('get', '/me/v1', {}, { refetchInterval: POLL_MS, refetchIntervalInBackground: false })
  // There are a hundred at most that are not revoked.
  const keys = $api.useQuery('get', '/me/v1/keys', { params: { query: { limit: 1000 } } })
  return (
    <Page title="Home">
      <Loaded query={me}>
        {(mine) => (
          <Loaded query={keys}>
            {({ data }) => {
              const usable = data.filter(({ revoked_at: revokedAt }) => revokedAt === null)
              return (
                <Stack gap="lg">
                  <Left me={mine} keys={usable} />
                  <Teams />
                  <Spent me={mine} />
                  <Connect keys={usable} />
                </Stack>
              )
            }}
          </Loaded>
        )}
      </Loaded>
    </Page>
  )
}
