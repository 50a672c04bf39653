import { Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { Command } from './command.tsx'
import { DialogButton } from './dialog-button.tsx'
import { fieldsFor, givenOf, type Draft, type Fields, type FormField } from './field.ts'
import { Form, FormButtons } from './form.tsx'
import { FieldInputs } from './form-field.tsx'
import { Problem } from './problem.tsx'

export interface FormDialogProps<Made> {
  /** On the button. */
  label: string
  title: string
  fields: Fields
  /** What the form begins with. */
  first?: Draft
  /** Shown when it is done; nothing where the page shows it. */
  done?: (given: Draft) => string
  /** The same as a command line, without `sluice`. */
  command?: ((given: Draft, fields: readonly FormField[]) => readonly string[]) | undefined
  variant?: string
  /** On the button that does it. */
  verb?: string
  /** What will happen. */
  about?: ReactNode
  run: (given: Draft) => Promise<Made>
  /** What follows once it has closed, such as another dialog. */
  after?: (made: Made) => Promise<void> | void
}

/**
 * A button that opens a form. What is typed stays while the API refuses, and is gone once it is done or cancelled. All that is shown is loaded anew once
 * it is done.
 */
export function FormDialog<Made>({ label, title, variant, about, ...form }: FormDialogProps<Made>) {
  return (
    <DialogButton label={label} title={title} variant={variant} about={about}>
      {(close) => <DialogForm name={title} verb={label} {...form} onClose={close} />}
    </DialogButton>
  )
}

interface DialogFormProps<Made> extends Omit<FormDialogProps<Made>, 'label' | 'title' | 'variant' | 'about'> {
  name: string
  verb: string
  onClose: () => void
}

function DialogForm<Made>(props: DialogFormProps<Made>) {
  const { name, verb, first = {}, done, command, run, after, onClose } = props
  const queries = useQueryClient()
  const [draft, setDraft] = useState<Draft>(first)
  const valueOf = (field: string) => draft[field]
  const fields = fieldsFor(props.fields, valueOf)
  // What was typed into a field that is there no more is not sent.
  const given = givenOf(Object.fromEntries(fields.map((field) => [field.name, valueOf(field.name)])))
  const action = useMutation({
    mutationFn: () => run(given),
    async onSuccess(made) {
      onClose()
      if (done !== undefined) notifications.show({ message: done(given) })
      await Promise.all([after?.(made), queries.invalidateQueries()])
    }
  })
  return (
    <Form name={name} onSubmit={() => action.mutate()}>
      <Stack gap="sm">
        <FieldInputs
          fields={fields}
          valueOf={valueOf}
          onChange={(field, value) => setDraft((old) => ({ ...old, [field]: value }))}
        />
        {command === undefined ? null : <Command words={command(given, fields)} />}
        <Problem error={action.error} />
        <FormButtons verb={verb} isPending={action.isPending} onCancel={onClose} />
      </Stack>
    </Form>
  )
}
