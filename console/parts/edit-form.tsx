import { Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { Command } from './command.tsx'
import { Conflict } from './conflict.tsx'
import type { FormField } from './field.ts'
import type { Edit } from './edit.ts'
import { Form, FormButtons } from './form.tsx'
import { FieldInputs } from './form-field.tsx'
import { Problem } from './problem.tsx'

export interface EditFormProps<Row extends { version: number }> {
  name: string
  edit: Edit<Row>
  fields: readonly FormField[]
  onCancel: () => void
  /** The same as a command line, without `sluice`. */
  command?: readonly string[] | undefined
  children?: ReactNode
}

/** A form that changes a row. Nothing typed is lost when the API refuses. */
export function EditForm<Row extends { version: number }>({
  name,
  edit,
  fields,
  onCancel,
  command,
  children
}: EditFormProps<Row>) {
  const isChanged = Object.keys(edit.changes).length > 0
  return (
    <Form name={name} onSubmit={edit.submit}>
      {/* A mapping keeps its lines itself: with another version of the row it begins anew. */}
      <Stack maw={640} key={edit.begun.version}>
        <FieldInputs fields={fields} valueOf={edit.valueOf} onChange={edit.change} />
        {children}
        <Conflict edit={edit} fields={fields} />
        <Problem error={edit.error} />
        {command === undefined || !isChanged ? null : <Command words={command} />}
        <FormButtons verb="Save" isPending={edit.isSaving} disabled={!isChanged || edit.theirs !== null} onCancel={onCancel} />
      </Stack>
    </Form>
  )
}
