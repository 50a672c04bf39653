import { api } from '../../api/client.ts'
import { BRAKE_FIELDS } from '../../parts/brake-fields.ts'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { commandOf, editedRow, type RowWords } from '../../parts/edited-row.ts'
import { textOf, type Draft, type FormField } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { PageLink } from '../../parts/links.tsx'
import { optionWords } from '../../parts/option-words.ts'
import type { KeyRow } from './person-keys.tsx'

/** A button with the form that says what stops a key when it runs away. */
export function ChangeBrakes({ row, words }: { row: KeyRow; words: RowWords }) {
  return (
    <EditDialog
      label="Brakes"
      title={`Brakes of ${row.name}`}
      about={
        <>
          What is left empty is as <PageLink to="/settings">the setting BRAKES</PageLink> says. 0 is no limit.
        </>
      }
      fields={BRAKE_FIELDS}
      command={(changes) => commandOf(words, 'change', optionWords(changes, BRAKE_FIELDS))}
      {...editedRow('/admin/v1/keys/{id}', row, row.name)}
      done={`${row.name} has other brakes`}
    />
  )
}

const PAUSE_FIELDS: readonly FormField[] = [
  { name: 'reason', label: 'Why', about: 'as the client reads it', kind: 'line', required: true },
  {
    name: 'session',
    label: 'Only this session',
    about: 'as its client names it',
    kind: 'line',
    none: 'the whole key'
  },
  { name: 'minutes', label: 'Minutes', kind: 'integer', none: 'until somebody resumes it' }
]

/** A button that pauses a key, or a session of it. */
export function PauseKey({ row: { name: key, user_email: user } }: { row: KeyRow }) {
  if (user === null) return null
  return (
    <FormDialog
      label="Pause"
      title={`Pause ${key}`}
      about="Its requests are refused until it is resumed, or for a while. What is under way goes on to its end."
      fields={PAUSE_FIELDS}
      done={() => `${key} is paused`}
      command={(given) => ['pause', user, key, ...pauseWords(given)]}
      run={async ({ reason, session, minutes }) => {
        const body = {
          user,
          key,
          reason: textOf(reason).trim(),
          ...(session === undefined ? {} : { session: textOf(session).trim() }),
          ...(typeof minutes === 'number' ? { minutes } : {})
        }
        await api.POST('/admin/v1/pauses', { body })
      }}
    />
  )
}

const pauseWords = ({ reason, session, minutes }: Draft) => [
  ...(reason === undefined ? [] : ['--reason', textOf(reason).trim()]),
  ...(session === undefined ? [] : ['--session', textOf(session).trim()]),
  ...(typeof minutes === 'number' ? ['--for', `${minutes}m`] : [])
]
