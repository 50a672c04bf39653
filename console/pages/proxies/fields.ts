import type { FormField } from '../../parts/field.ts'

export const NAME: FormField = {
  name: 'name',
  label: 'Name',
  about: 'it cannot be changed later',
  kind: 'line',
  required: true
}

export const URL_FIELD: FormField = {
  name: 'url',
  label: 'URL',
  about: 'http://, https:// or socks5://, with a user name and password if needed; stored encrypted, and never shown',
  kind: 'secret',
  option: '--new-url'
}

export const NOTE: FormField = { name: 'note', label: 'Note', about: 'for operators only', kind: 'prose', none: 'none' }
