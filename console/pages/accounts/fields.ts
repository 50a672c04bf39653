import type { FormField } from '../../parts/field.ts'
import type { RequestOf } from '../../api/client.ts'

/** What a change of an account may name, but for its secrets, which are given as the fields of `SecretName`. */
type AccountField = Exclude<keyof NonNullable<RequestOf<'patch', '/admin/v1/accounts/{id}'>>, 'credentials' | 'headers'>

/** Secrets are replaced and never shown: a form has them under names of their own. */
export type SecretName = 'api_key' | 'access_token' | 'refresh_token' | 'new_headers'

export interface Choices {
  groups: readonly string[]
  proxies: readonly string[]
  models: readonly string[]
}

export type AccountType = 'api-key' | 'oauth' | 'setup-token'

/** The fields of a form about an account of that type. */
export function fieldsOf(
  type: AccountType,
  { groups, proxies, models }: Choices
): readonly FormField<AccountField | SecretName>[] {
  const isKey = type === 'api-key'
  return [
    {
      name: 'groups',
      label: 'Groups',
      about: 'whose requests it serves',
      kind: 'some',
      choices: groups,
      option: '--group',
      isRepeated: true
    },
    { name: 'concurrency', label: 'Slots', about: 'requests in flight at most; 0 = no limit', kind: 'integer' },
    { name: 'priority', label: 'Priority', about: 'smaller is used first', kind: 'integer' },
    ...(isKey ? KEY_FIELDS : SIGN_IN_FIELDS),
    {
      name: 'base_url',
      label: 'Upstream',
      about: 'a URL without /v1; private networks only if PRIVATE_UPSTREAMS allows them',
      kind: 'line',
      none: 'default'
    },
    { name: 'proxy', label: 'Proxy', kind: 'choice', choices: proxies, none: 'none' },
    {
      name: 'model_mapping',
      label: 'Model mapping',
      about: 'asked → sent; an account with a mapping serves only the models it names',
      kind: 'mapping',
      sides: ['Asked for', 'Sent as'],
      option: '--map'
    },
    {
      name: 'allowed_models',
      label: 'Models it may serve',
      about: 'by the names that are sent',
      kind: 'names',
      choices: models,
      none: 'all',
      option: '--models'
    },
    { name: 'accept', label: 'Other models', about: 'with names other than Claude’s, that it serves', kind: 'names' },
    { name: 'schedulable', label: 'Used', about: 'off: it gets no requests', kind: 'flag' },
    { name: 'note', label: 'Note', about: 'for operators only', kind: 'prose', none: 'none' }
  ]
}

const KEY_FIELDS: readonly FormField<AccountField | SecretName>[] = [
  {
    name: 'auth',
    label: 'How the key is sent',
    about: 'many endpoints other than Anthropic’s want bearer',
    kind: 'choice',
    choices: ['x-api-key', 'bearer'],
    none: 'x-api-key'
  },
  {
    name: 'new_headers',
    label: 'Headers',
    about: 'sent with each request; stored encrypted, and never shown again',
    kind: 'secrets',
    sides: ['Header', 'Value'],
    option: '--header'
  }
]

const SIGN_IN_FIELDS: readonly FormField<AccountField | SecretName>[] = [
  { name: 'owner', label: 'Owner', about: 'the e-mail address of the one user that it serves', kind: 'line', none: 'none' },
  {
    name: 'shared',
    label: 'Shared',
    about: 'It serves everybody in its groups. Anthropic’s terms bar routing other people’s requests through a sign-in.',
    kind: 'flag'
  },
  {
    name: 'header_profile',
    label: 'Header profile',
    about: 'remember each client family’s newest headers and send them for that family',
    kind: 'flag'
  }
]
