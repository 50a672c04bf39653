import type { FormField } from '../../parts/field.ts'

/** When a code can no longer be redeemed. */
export const EXPIRY: FormField = {
  name: 'expires_at',
  label: 'Expires',
  about: 'such as 2030-12-31, tomorrow or 30d',
  kind: 'line',
  none: 'never',
  option: '--expires'
}
