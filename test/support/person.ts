import assert from 'node:assert/strict'
import { ADMIN_TOKEN, type ErrorBody, type Gateway } from './gateway.ts'
import { callJson, type JsonResponse } from './json-requests.ts'

export const PASSWORD = 'correct horse battery'

/** Signs a user of the gateway in, whose password is set for it, and asks as their browser does. */
export async function signIn(gateway: Gateway, email: string, { userAgent = 'a browser' } = {}) {
  const set = await fetch(`${gateway.adminUrl}/admin/v1/users/${encodeURIComponent(email)}/password`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password: PASSWORD })
  })
  assert.equal(set.status, 204, await set.text())
  return await signInAgain(gateway, email, { userAgent })
}

/** The same with the password that is set, which ends no other session. */
export async function signInAgain(gateway: Gateway, email: string, { userAgent = 'a browser' } = {}) {
  const headers = { 'content-type': 'application/json', 'user-agent': userAgent }
  const response = await fetch(`${gateway.adminUrl}/me/v1/sign-in`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ email, password: PASSWORD })
  })
  assert.equal(response.status, 200, await response.text())
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

  const call = <T = Record<string, unknown>>(
    method: string,
    path: string,
    body: object = {},
    more: Record<string, string> = {}
  ): Promise<JsonResponse<T>> =>
    callJson<T>(gateway.adminUrl + path, method, { ...headers, cookie, ...more }, method === 'GET' ? undefined : body)

  return {
    cookie,
    call,
    /** What a GET of `/me/v1` and below answers with. */
    async mine<T = Record<string, unknown>>(path: string): Promise<T> {
      const { status, body } = await call<T>('GET', `/me/v1${path}`)
      assert.equal(status, 200, JSON.stringify(body))
      return body
    },
    /** What a request is refused with. */
    async refusal(method: string, path: string, body?: object, more?: Record<string, string>) {
      const { status, body: refused } = await call(method, path, body, more)
      return [status, (refused as unknown as Partial<ErrorBody>).error?.message] as const
    }
  }
}
