import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { EditForm } from './edit-form.tsx'
import type { Draft, FormField } from './field.ts'
import { useEdit, type EditOptions } from './edit.ts'

interface EditDialogProps<Row> extends Omit<EditOptions<Row>, 'onSaved'> {
  /** On the button. */
  label: string
  title: string
  fields: readonly FormField[]
  command?: (changes: Draft) => readonly string[]
  onSaved: () => Promise<void>
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
        <DialogForm {...props} onClose={close} />
      </Modal>
    </>
  )
}

function DialogForm<Row extends { version: number }>(props: EditDialogProps<Row> & { onClose: () => void }) {
  const { row, load, save, title, fields, command, onSaved, onClose } = props
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
    />
  )
}
