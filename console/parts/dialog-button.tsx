import { Button, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'

interface DialogButtonProps {
  /** On the button. */
  label: string
  title: string
  variant?: string | undefined
  /** What will happen. */
  about?: ReactNode
  /** In the dialog, anew each time it opens. */
  children: (close: () => void) => ReactNode
}

/** A button that opens a dialog with a form. A click beside it takes nothing away that was typed. */
export function DialogButton({ label, title, variant = 'default', about, children }: DialogButtonProps) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant={variant} onClick={open}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} size="lg" closeOnClickOutside={false}>
        <Stack gap="sm">
          {about === undefined ? null : (
            <Text size="sm" component="div">
              {about}
            </Text>
          )}
          {children(close)}
        </Stack>
      </Modal>
    </>
  )
}
