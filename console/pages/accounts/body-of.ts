import type { Draft } from '../../parts/field.ts'

/** What the API takes of a form about an account: the form's secrets are parts of two of its fields. */
export function bodyOf(draft: Draft): Record<string, unknown> {
  const { api_key: key, access_token: access, refresh_token: refresh, new_headers: headers, ...rest } = draft
  const credentials = { api_key: key, access_token: access, refresh_token: refresh }
  const given = Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined))
  return {
    ...rest,
    ...(Object.keys(given).length === 0 ? {} : { credentials: given }),
    ...(headers === undefined ? {} : { headers })
  }
}
