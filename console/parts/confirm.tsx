import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { Command } from './command.tsx'
import { Problem } from './problem.tsx'

export interface ActionProps {
  /** On the button, such as `Disable`. */
  label: string
  /** What the dialog asks, such as `Disable the account main?` */
  title: string
  /** What will happen, in a sentence or two. */
  children?: ReactNode
  /** Shown when it is done, such as `main is disabled`. */
  done: string
  /** The same as a command line, without `sluice`. */
  command?: readonly string[] | undefined
  /** For what cannot be undone: the name that must be typed. */
  typed?: string | undefined
  color?: string
  run: () => Promise<unknown>
}

/**
 * A button that does something after a question in proportion to its harm, and shows what the API answered. All that is shown is loaded anew once it is
 * done.
 */
export function Action({ label, title, children, done, command, typed, color, run }: ActionProps) {
  const queries = useQueryClient()
  const [isOpen, { open, close }] = useDisclosure()
  const [name, setName] = useState('')
  const action = useMutation({
    // What is told when it is done is what was asked for: a page that has loaded anew by then may offer the opposite here.
    async mutationFn(_told: string) {
      await run()
      await queries.invalidateQueries()
    },
    onSuccess(_data, told) {
      close()
      notifications.show({ message: told })
    }
  })
  function begin() {
    action.reset()
    setName('')
    open()
  }
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={begin} {...(color === undefined ? {} : { color })}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title}>
        <Stack gap="sm">
          {children === undefined ? null : (
            // Not a paragraph: it may hold a field.
            <Text size="sm" component="div">
              {children}
            </Text>
          )}
          {typed === undefined ? null : (
            <TextInput label={`Type ${typed} to go on`} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          )}
          {command === undefined ? null : <Command words={command} />}
          <Problem error={action.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              onClick={() => action.mutate(done)}
              loading={action.isPending}
              disabled={typed !== undefined && name !== typed}
              {...(color === undefined ? {} : { color })}
            >
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
