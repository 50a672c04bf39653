import { Text } from '@mantine/core'
import { Card } from '../../parts/card.tsx'
import { KeyActions } from '../../parts/key-actions.tsx'
import { endOf, KeyRules } from '../../parts/key-rules.tsx'
import { KeySpending } from '../../parts/key-spending.tsx'
import type { NewSecret } from '../../parts/new-secret.tsx'
import { When } from '../../parts/when.tsx'
import { ChangeKey } from './change-key.tsx'
import type { OwnKey } from './my-keys.tsx'

/** A key: its state and what is wrong in words, its limits with what is used of them, and what can be done with it. */
export function KeyCard({ ownKey, onSecret }: { ownKey: OwnKey; onSecret: (made: NewSecret) => Promise<void> }) {
  const { name, group, team, prefix, status, problem, spending, last_used_at: usedAt, previous_key_until: formerUntil } = ownKey
  const ends = endOf(ownKey)
  return (
    <Card label={name} name={name} state={status}>
      {problem === null || status === 'revoked' ? null : (
        <Text size="sm" c="var(--mantine-color-error)">
          Refused now: {problem}
        </Text>
      )}
      <Text size="sm" c="dimmed">
        <Text span ff="monospace" inherit>
          {prefix}
        </Text>{' '}
        in group {group}
        {team === null ? '' : `, team ${team}`};{' '}
        {usedAt === null ? (
          'never used'
        ) : (
          <>
            last used <When at={usedAt} />
          </>
        )}
      </Text>
      {ends === null ? null : (
        <Text size="sm">
          Ends <When at={ends} />
        </Text>
      )}
      {formerUntil === null ? null : (
        <Text size="sm">
          The former secret works until <When at={formerUntil} />
        </Text>
      )}
      <KeySpending spending={spending} />
      <KeyRules of={ownKey} whose="your" />
      {status === 'revoked' ? null : (
        <KeyActions of={ownKey} onSecret={onSecret}>
          <ChangeKey ownKey={ownKey} />
        </KeyActions>
      )}
    </Card>
  )
}
