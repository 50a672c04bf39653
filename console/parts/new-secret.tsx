import { Button, Group, Modal } from '@mantine/core'
import { ConnectCard } from './connect-card.tsx'
import { TryKey } from './try-key.tsx'

/** The secret of a key that was just made or rotated. */
export interface NewSecret {
  id: string
  name: string
  secret: string
}

interface NewSecretDialogProps {
  /** Null while there is none to show. */
  made: NewSecret | null
  onClose: () => void
  /** Whose key it is: one’s own, or anybody’s. */
  side?: 'me' | 'admin'
}

/** Shows a new secret this once. */
export function NewSecretDialog({ made, onClose, side = 'me' }: NewSecretDialogProps) {
  return (
    <Modal
      opened={made !== null}
      onClose={onClose}
      title={made === null ? '' : `${made.name} is ready`}
      size="lg"
      // A click beside it or a key must not take away what is shown once.
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      {made === null ? null : (
        <ConnectCard name={made.name} secret={made.secret} isOwn={side === 'me'}>
          <TryKey id={made.id} name={made.name} api={side} />
          <Group justify="flex-end">
            <Button onClick={onClose}>I have copied it</Button>
          </Group>
        </ConnectCard>
      )}
    </Modal>
  )
}
