import { useNavigate, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Action } from './confirm.tsx'
import { EditDialog, type EditDialogProps } from './edit-dialog.tsx'
import { commandOf, type RowWords } from './edited-row.ts'
import { optionWords } from './option-words.ts'

interface RowActionProps {
  name: string
  words?: RowWords | undefined
}

type ChangeRowProps<Row> = RowActionProps & Pick<EditDialogProps<Row>, 'row' | 'load' | 'save' | 'fields' | 'about'>

/** Changes what a row is set to. */
export function ChangeRow<Row extends { version: number }>({ name, words, ...dialog }: ChangeRowProps<Row>) {
  return (
    <EditDialog
      label="Change"
      title={`Change ${name}`}
      command={words && ((changes, fields) => commandOf(words, 'change', optionWords(changes, fields)))}
      done={`${name} is changed`}
      {...dialog}
    />
  )
}

interface StatusActionProps extends RowActionProps {
  /** As it is now. */
  status: string
  setStatus: (to: 'active' | 'disabled') => Promise<unknown>
  /** What follows when it is disabled. */
  disabled: ReactNode
  /** The same when it is enabled again. */
  enabled?: ReactNode
  /** Whether its name must be typed before it is disabled. */
  isTyped?: boolean
}

/** Enables what is disabled, and disables what is not. */
export function StatusAction({ name, words, status, setStatus, disabled, enabled, isTyped = false }: StatusActionProps) {
  const isDisabled = status === 'disabled'
  const verb = isDisabled ? 'enable' : 'disable'
  const label = isDisabled ? 'Enable' : 'Disable'
  return (
    <Action
      // Each its own: what one says when it is done is not to become what the other says.
      key={verb}
      label={label}
      title={`${label} ${name}?`}
      done={`${name} is ${verb}d`}
      command={commandOf(words, verb)}
      typed={isTyped && !isDisabled ? name : undefined}
      run={() => setStatus(isDisabled ? 'active' : 'disabled')}
    >
      {isDisabled ? enabled : disabled}
    </Action>
  )
}

/** The same of what keys are in, all of which it stops. */
export const StatusOfKeys = ({
  kind,
  ...row
}: { kind: string } & Omit<StatusActionProps, 'disabled' | 'enabled' | 'isTyped'>) => (
  <StatusAction
    {...row}
    enabled="Its keys work again."
    disabled={`Requests with any key of the ${kind} are refused from now on. What is under way goes on to its end.`}
    isTyped
  />
)

interface RemoveActionProps extends RowActionProps {
  remove: () => Promise<unknown>
  /** The page to go to once it is gone; none where it is one of a list. */
  to?: LinkProps['to']
  /** What follows. */
  children: ReactNode
}

/** Removes something for good, once its name is typed. */
export function RemoveAction({ name, words, remove, to, children }: RemoveActionProps) {
  const navigate = useNavigate()
  return (
    <Action
      label="Remove"
      color="red"
      title={`Remove ${name} for good?`}
      done={`${name} is removed`}
      command={commandOf(words, 'remove')}
      typed={name}
      run={async () => {
        await remove()
        if (to !== undefined) await navigate({ to })
      }}
    >
      {children}
    </Action>
  )
}
