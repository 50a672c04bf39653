import { Button, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { EditForm } from './edit-form.tsx'
import type { Draft, FormField } from './field.ts'
import { useEdit, type EditOptions } from './edit.ts'

interface RowFormProps<Row> extends Omit<EditOptions<Row>, 'onSaved'> {
  title: string
  fields: readonly FormField[]
  command?: (changes: Draft) => readonly string[]
  /** Below the fields: what would change. */
  preview?: (changes: Draft, begun: Row) => ReactNode
  onSaved: () => Promise<void>
}

interface EditDialogProps<Row> extends RowFormProps<Row> {
  /** On the button. */
  label: string
  /** What will happen. */
  about?: ReactNode
}

/** A button that opens a form about a row, which says so when somebody else has changed it meanwhile. */
export function EditDialog<Row extends { version: number }>(props: EditDialogProps<Row>) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        {props.label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={props.title} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack gap="sm">
          {props.about === undefined ? null : (
            <Text size="sm" component="div">
              {props.about}
            </Text>
          )}
          <RowForm {...props} onClose={close} />
        </Stack>
      </Modal>
    </>
  )
}

/** The form of such a dialog, for one that has more in it. */
export function RowForm<Row extends { version: number }>(props: RowFormProps<Row> & { onClose: () => void }) {
  const { row, load, save, title, fields, command, preview, onSaved, onClose } = props
  const edit = useEdit<Row>({
    row,
    load,
    save,
    async onSaved() {
      onClose()
      await onSaved()
    }
  })
  return (
    <EditForm
      name={title}
      edit={edit}
      fields={fields}
      onCancel={onClose}
      {...(command === undefined ? {} : { command: command(edit.changes) })}
    >
      {preview?.(edit.changes, edit.begun)}
    </EditForm>
  )
}
