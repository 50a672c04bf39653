import assert from 'node:assert/strict'
import { account, credentialOf, saying, type Gateway } from './gateway.ts'

export const NAMES = ['first', 'second', 'third', 'fourth', 'fifth']

/** So many accounts, to be tried in their order. */
export const accounts = (count: number) => (upstreamUrl: string) => ({
  accounts: NAMES.slice(0, count).map((name, priority) => account(name, upstreamUrl, { priority }))
})

/** Whom the upstream was asked as, in order. */
export const asked = ({ upstream }: Gateway) =>
  upstream.requests.map(({ credential }) => NAMES.find((name) => credentialOf(name) === credential) ?? credential)

let questions = 0

/** A session of its own each, so that none is bound to an account. */
export const anew = (changes: object = {}) => saying(`question ${++questions}`, changes)

export async function answered(gateway: Gateway, changes: object = {}): Promise<string> {
  const response = await gateway.messages(anew(changes))
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return body
}
