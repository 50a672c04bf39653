import { Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Section } from '../../parts/section.tsx'
import { ConnectCard } from '../../parts/connect-card.tsx'
import { LinkButton, PageLink } from '../../parts/links.tsx'
import { TryKey } from '../../parts/try-key.tsx'
import type { OwnKey } from './home.tsx'

/** How to connect with one of one's keys, which one must have: nobody can show it again. */
export function Connect({ keys }: { keys: readonly OwnKey[] }) {
  const [chosen, setChosen] = useState<string | null>(null)
  const key = keys.find(({ id }) => id === chosen) ?? keys.find(({ problem }) => problem === null) ?? keys[0]
  return (
    <Section title="How to connect">
      {key === undefined ? (
        <Stack align="flex-start">
          <Text>You have no key yet. A key is what Claude Code and other clients sign in with.</Text>
          <LinkButton to="/my/keys">Create a key</LinkButton>
        </Stack>
      ) : (
        <Stack>
          {keys.length === 1 ? null : (
            <Select
              label="Key"
              data={keys.map(({ id, name, prefix }) => ({ value: id, label: `${name} (${prefix ?? ''})` }))}
              value={key.id}
              onChange={setChosen}
              allowDeselect={false}
              maw={360}
            />
          )}
          {key.problem === null ? null : (
            <Text size="sm" c="var(--mantine-color-error)">
              {key.name} is refused now: {key.problem}
            </Text>
          )}
          <ConnectCard name={key.name} secret={null}>
            <TryKey key={key.id} id={key.id} name={key.name} />
            <Text size="sm">
              Lost it? <PageLink to="/my/keys">Rotate it</PageLink>, which shows a new one.
            </Text>
          </ConnectCard>
        </Stack>
      )}
    </Section>
  )
}
