import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '../../simulator/seeded-random.ts'
import { hashed } from './faults.ts'
import { ACCOUNTS, firstTokens } from './scenario.ts'

/** Shorter than the gateway's margin, so that sign-ins are renewed all the time. */
const LIFE_S = 20
/** A renewal that fails keeps the account away for half a minute: not too often. */
const FAILURES = 0.02

interface SignIn {
  accessToken: string
  refreshToken: string
  renewals: number
}

/** The token endpoint: says which tokens are good, to the upstream too. */
export interface SoakTokenEndpoint {
  url: string
  /** The account that a token is or was of; null when it never gave it out. */
  accountOf: (accessToken: string) => string | null
  isCurrent: (accessToken: string) => boolean
  /** The access token is no longer good; the refresh token still is. */
  revoke: (account: string) => void
  counts: { renewals: number; failures: number }
  /** When it failed to renew, by account, in epoch milliseconds. */
  failedAt: Map<string, number[]>
  violations: string[]
  close: () => Promise<void>
}

/** Starts it on 127.0.0.1. A refresh token is good once; `onRenewed` is told before the response goes out. */
export async function startTokenEndpoint(seed: number, onRenewed: (account: string) => void): Promise<SoakTokenEndpoint> {
  const signIns = new Map<string, SignIn>()
  const accountOf = new Map<string, string>()
  const violations: string[] = []
  const failedAt = new Map<string, number[]>()
  const counts = { renewals: 0, failures: 0 }
  const random = new Map<string, ReturnType<typeof seededRandom>>()
  for (const { name, type } of ACCOUNTS) {
    if (type !== 'oauth') continue
    signIns.set(name, { ...firstTokens(name), renewals: 0 })
    accountOf.set(firstTokens(name).accessToken, name)
    random.set(name, seededRandom(hashed(seed, `renewals ${name}`)))
  }

  async function renew(refreshToken: string): Promise<{ status: number; body: object }> {
    const [account, signIn] = [...signIns].find(([, entry]) => entry.refreshToken === refreshToken) ?? []
    if (account === undefined || signIn === undefined) {
      violations.push(`the refresh token ${refreshToken} was used though it had been replaced`)
      return { status: 400, body: { error: 'invalid_grant', error_description: 'Refresh token not found or invalid' } }
    }
    const { int, chance } = random.get(account)!
    const fails = chance(FAILURES)
    await delay(int(0, 300))
    if (fails) {
      counts.failures += 1
      failedAt.set(account, [...(failedAt.get(account) ?? []), Date.now()])
      return { status: 503, body: { error: 'temporarily_unavailable' } }
    }
    if (signIn.refreshToken !== refreshToken) {
      violations.push(`${account}: its sign-in was renewed twice at once`)
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    counts.renewals += 1
    signIn.renewals += 1
    signIn.accessToken = `sk-ant-oat01-${account}-${signIn.renewals}`
    signIn.refreshToken = `sk-ant-ort01-${account}-${signIn.renewals}`
    accountOf.set(signIn.accessToken, account)
    onRenewed(account)
    const tokens = { access_token: signIn.accessToken, refresh_token: signIn.refreshToken }
    return { status: 200, body: { ...tokens, token_type: 'Bearer', expires_in: LIFE_S, scope: 'user:inference' } }
  }

  const server = createServer((request, response) => {
    void json(request)
      .then((asked) => renew((asked as { refresh_token: string }).refresh_token))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/oauth/token`,
    accountOf: (token) => accountOf.get(token) ?? null,
    isCurrent: (token) => [...signIns.values()].some(({ accessToken }) => accessToken === token),
    revoke(account) {
      const signIn = signIns.get(account)
      if (signIn !== undefined) signIn.accessToken = 'revoked'
    },
    counts,
    failedAt,
    violations,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
}
