import assert from 'node:assert/strict'
import { systemClock, type Clock } from '../../services/platform/clock.ts'

export interface OAuthResponse {
  status: number
  headers: Headers
  body: {
    error?: string
    error_description?: string
    access_token?: string
    refresh_token?: string
    token_type?: string
    expires_in?: number
    email?: string
  }
}

interface BegunDevice {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  expires_in: number
  interval: number
}

/** A form, as the clients of an OAuth server send it; Claude Code's own is no different. */
export async function postForm(url: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'user-agent': 'claude-code/2.1.330', ...headers },
    body: new URLSearchParams(form)
  })
  assert.equal(response.headers.get('cache-control'), 'no-store')
  return { status: response.status, headers: response.headers, body: (await response.json()) as OAuthResponse['body'] }
}

/** Signs in at a gateway as Claude Code does. */
export function deviceClient(gateway: { url: string }) {
  const post = (path: string, form: Record<string, string>): Promise<OAuthResponse> => postForm(gateway.url + path, form)
  return {
    post,
    async begin(): Promise<BegunDevice> {
      const { status, body } = await post('/oauth/device_authorization', { surface: 'claude_code' })
      assert.equal(status, 200, JSON.stringify(body))
      return body as unknown as BegunDevice
    },
    poll: (deviceCode: string) =>
      post('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode }),
    refresh: (refreshToken: string) => post('/oauth/token', { grant_type: 'refresh_token', refresh_token: refreshToken }),
    revoke: (token: string) => post('/oauth/revoke', { token })
  }
}

/** The machine's clock, which a test can have jump ahead as if so much time had passed; timers do not notice. */
export function leapingClock(): { clock: Clock; leap: (ms: number) => void } {
  let ahead = 0
  const { now, uptime } = systemClock
  return {
    clock: { ...systemClock, now: () => now() + ahead, uptime: () => uptime() + ahead },
    leap: (ms) => void (ahead += ms)
  }
}
