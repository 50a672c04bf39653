import { api } from '../../api/client.ts'
import { textOf, type FormField } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'

const FIELDS: readonly FormField[] = [
  { name: 'password', label: 'New password', about: '12 to 256 characters', kind: 'secret', required: true }
]

/** A button with the dialog that gives somebody a password to sign in with. */
export function SetPassword({ id, email }: { id: string; email: string }) {
  return (
    <FormDialog
      label="Set password"
      title={`Set the password of ${email}`}
      about="Their sign-ins to this console end. Hand the password over privately; they can change it."
      fields={FIELDS}
      done={() => `${email} has a new password`}
      command={() => ['users', 'set-password', email]}
      run={({ password }) =>
        api.POST('/admin/v1/users/{id}/password', { params: { path: { id } }, body: { password: textOf(password) } })
      }
    />
  )
}
