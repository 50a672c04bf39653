import { Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'

interface FormProps {
  /** By which assistive technology finds it. */
  name?: string
  role?: 'search'
  onSubmit: () => void
  children: ReactNode
}

/** A form that the page deals with itself: the browser sends nothing. */
export function Form({ name, onSubmit, ...form }: FormProps) {
  return (
    <form
      aria-label={name}
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
      {...form}
    />
  )
}

interface FormButtonsProps {
  /** On the button that sends the form. */
  verb: string
  isPending: boolean
  disabled?: boolean
  onCancel: () => void
}

/** Below the form of a dialog: what sends it, and a way out. */
export function FormButtons({ verb, isPending, disabled = false, onCancel }: FormButtonsProps) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={isPending} disabled={disabled}>
        {verb}
      </Button>
    </Group>
  )
}
