import { useNavigate, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Action } from './confirm.tsx'

interface StatusActionProps {
  name: string
  /** As it is now. */
  status: string
  setStatus: (to: 'active' | 'disabled') => Promise<unknown>
  /** What follows when it is disabled. */
  disabled: ReactNode
  /** The same when it is enabled again. */
  enabled?: ReactNode
  /** The same as a command line, without `sluice`. */
  command?: ((verb: 'enable' | 'disable') => readonly string[]) | undefined
  /** Whether its name must be typed before it is disabled. */
  isTyped?: boolean
}

/** Enables what is disabled, and disables what is not. */
export function StatusAction({ name, status, setStatus, disabled, enabled, command, isTyped = false }: StatusActionProps) {
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
      command={command?.(verb)}
      typed={isTyped && !isDisabled ? name : undefined}
      run={() => setStatus(isDisabled ? 'active' : 'disabled')}
    >
      {isDisabled ? enabled : disabled}
    </Action>
  )
}

interface RemoveActionProps {
  name: string
  command: readonly string[]
  remove: () => Promise<unknown>
  /** The page to go to once it is gone; none where it is one of a list. */
  to?: LinkProps['to']
  /** What follows. */
  children: ReactNode
}

/** Removes something for good, once its name is typed. */
export function RemoveAction({ name, command, remove, to, children }: RemoveActionProps) {
  const navigate = useNavigate()
  return (
    <Action
      label="Remove"
      color="red"
      title={`Remove ${name} for good?`}
      done={`${name} is removed`}
      command={command}
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
