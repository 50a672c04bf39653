import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { DialogButton } from './dialog-button.tsx'
import { EditForm } from './edit-form.tsx'
import { fieldsFor, type Draft, type Fields, type FormField } from './field.ts'
import { useEdit, type EditOptions } from './edit.ts'

interface RowFormProps<Row> extends Omit<EditOptions<Row>, 'onSaved'> {
  title: string
  fields: Fields
  /** The same as a command line, without `sluice`. */
  command?: ((changes: Draft, fields: readonly FormField[]) => readonly string[] | undefined) | undefined
  /** Below the fields: what would change. */
  preview?: (changes: Draft, begun: Row) => ReactNode
  /** Shown when it is saved; nothing where the page shows it. */
  done?: string
}

export interface EditDialogProps<Row> extends RowFormProps<Row> {
  /** On the button. */
  label: string
  /** What will happen. */
  about?: ReactNode
}

/** A button that opens a form about a row, which says so when somebody else has changed it meanwhile. */
export function EditDialog<Row extends { version: number }>({ label, about, ...form }: EditDialogProps<Row>) {
  return (
    <DialogButton label={label} title={form.title} about={about}>
      {(close) => <RowForm {...form} onClose={close} />}
    </DialogButton>
  )
}

/** The form of such a dialog, for one that has more in it. All that is shown is loaded anew once it is saved. */
export function RowForm<Row extends { version: number }>(props: RowFormProps<Row> & { onClose: () => void }) {
  const { row, load, save, title, fields, command, preview, done, onClose } = props
  const queries = useQueryClient()
  const edit = useEdit<Row>({
    row,
    load,
    save,
    async onSaved() {
      onClose()
      await queries.invalidateQueries()
      if (done !== undefined) notifications.show({ message: done })
    }
  })
  const shown = fieldsFor(fields, edit.valueOf)
  return (
    <EditForm name={title} edit={edit} fields={shown} onCancel={onClose} command={command?.(edit.changes, shown)}>
      {preview?.(edit.changes, edit.begun)}
    </EditForm>
  )
}
