import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { Command } from './command.tsx'
import { givenOf, type Draft, type FormField } from './field.ts'
import { FieldInputs } from './form-field.tsx'
import { Problem } from './problem.tsx'

export interface FormDialogProps<Made> {
  /** On the button. */
  label: string
  title: string
  fields: readonly FormField[]
  /** What the form begins with. */
  first?: Draft
  /** Shown when it is done; nothing where the page shows it. */
  done?: (given: Draft) => string
  /** The same as a command line, without `sluice`. */
  command?: (given: Draft) => readonly string[]
  variant?: string
  /** On the button that does it. */
  verb?: string
  /** What will happen. */
  about?: ReactNode
  /** Below the fields, of what is given so far: such as what would change. */
  preview?: (given: Draft) => ReactNode
  run: (given: Draft) => Promise<Made>
  /** What follows once it has closed, such as another dialog. */
  after?: (made: Made) => Promise<void>
}

/** A button that opens a form. What is typed stays while the API refuses, and is gone once it is done or cancelled. */
export function FormDialog<Made>(props: FormDialogProps<Made>) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant={props.variant ?? 'default'} onClick={open}>
        {props.label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={props.title} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
        <DialogForm {...props} onClose={close} />
      </Modal>
    </>
  )
}

function DialogForm<Made>(props: FormDialogProps<Made> & { onClose: () => void }) {
  const { label, fields, first = {}, done, command, verb = label, about, preview, run, after, onClose } = props
  const [draft, setDraft] = useState<Draft>(first)
  const given = givenOf(draft)
  const action = useMutation({
    mutationFn: () => run(given),
    async onSuccess(made) {
      onClose()
      if (done !== undefined) notifications.show({ message: done(given) })
      await after?.(made)
    }
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        action.mutate()
      }}
    >
      <Stack gap="sm">
        {about === undefined ? null : (
          <Text size="sm" component="div">
            {about}
          </Text>
        )}
        <FieldInputs
          fields={fields}
          valueOf={(name) => draft[name]}
          onChange={(name, value) => setDraft((old) => ({ ...old, [name]: value }))}
        />
        {preview?.(given)}
        {command === undefined ? null : <Command words={command(given)} />}
        {action.error === null ? null : <Problem error={action.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={action.isPending}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
