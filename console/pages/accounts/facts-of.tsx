import { Code, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { formatCount } from '../../parts/amounts.ts'
import type { AccountRow } from './account.tsx'

type Fact = readonly [name: string, value: ReactNode]

const list = (names: readonly string[] | null, none: string) =>
  names === null || names.length === 0 ? <Text size="sm">{none}</Text> : names.join(', ')

/** What an account is set to, in the words of its form. */
export function factsOf(row: AccountRow): readonly Fact[] {
  return [
    ['Type', row.type],
    ['Groups', list(row.groups, 'none: it serves nobody')],
    ['Slots', row.concurrency === 0 ? 'no limit' : formatCount(row.concurrency)],
    ['Priority', `${row.priority} (smaller is used first)`],
    ...(row.type === 'api-key' ? keyFacts(row) : signInFacts(row)),
    ['Upstream', row.base_url ?? 'ANTHROPIC_BASE_URL'],
    ['Proxy', row.proxy ?? 'none'],
    ['Model mapping', <ModelMapping key="mapping" mapping={row.model_mapping} />],
    ['Models it may serve', list(row.allowed_models, 'all')],
    ['Other models', list(row.accept, 'none')],
    [
      'Note',
      <span key="note" dir="auto">
        {row.note ?? 'none'}
      </span>
    ],
    ['Version', `${row.version} (each change makes another)`]
  ]
}

const keyFacts = ({ auth, headers }: AccountRow): readonly Fact[] => [
  ['How the key is sent', auth ?? 'x-api-key'],
  ['Headers', headers.length === 0 ? 'none' : `${headers.join(', ')} (their values are not shown)`]
]

const signInFacts = ({ owner, shared, header_profile: profile }: AccountRow): readonly Fact[] => [
  ['Owner', owner ?? 'none'],
  ['Shared', shared ? 'yes: it serves everybody in its groups' : 'no: it serves its owner only'],
  ['Header profile', profile ? 'yes' : 'no']
]

function ModelMapping({ mapping }: { mapping: AccountRow['model_mapping'] }) {
  const pairs = Object.entries(mapping)
  if (pairs.length === 0) return <>none: models are sent as they are asked for</>
  return (
    <Stack gap={2}>
      {pairs.map(([asked, sent]) => (
        <span key={asked}>
          <Code>{asked}</Code> → <Code>{sent}</Code>
        </span>
      ))}
    </Stack>
  )
}
