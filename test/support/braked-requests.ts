import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { CLIENT_KEY, refusalOf, saying, user, type Gateway } from './gateway.ts'

/** Seven cents at list prices. */
export const SEVEN_CENTS = { outputTokens: 2800 }
export const UNBRAKED_KEY = 'sk-sluice-another-client-key-of-the-same-user'

/** A user with a key that has brakes, and one that has none. */
export const brakedUser = (brakes: object, changes: object = {}) =>
  user({
    keys: [
      { name: 'laptop', key: CLIENT_KEY, brakes },
      { name: 'other', key: UNBRAKED_KEY }
    ],
    ...changes
  })

interface Asked {
  session?: string
  agent?: string
  key?: string
  text?: string
  body?: object
}

/** Each says something else, unless it is told what. */
export function askFor(
  { messages }: Pick<Gateway, 'messages'>,
  { session, agent, key = CLIENT_KEY, text = randomUUID(), body }: Asked
): Promise<Response> {
  return messages(body ?? saying(text), {
    headers: {
      'x-api-key': key,
      ...(session === undefined ? {} : { 'x-claude-code-session-id': session }),
      ...(agent === undefined ? {} : { 'x-claude-code-agent-id': agent })
    }
  })
}

export async function served(gateway: Pick<Gateway, 'messages'>, asked: Asked): Promise<void> {
  const response = await askFor(gateway, asked)
  assert.equal(response.status, 200, await response.clone().text())
  await response.arrayBuffer()
}

/** What a request is refused with that a brake, or somebody, has paused. */
export async function refusedBy(gateway: Pick<Gateway, 'messages'>, asked: Asked, words: RegExp) {
  const { status, type, message, headers } = await refusalOf(await askFor(gateway, asked))
  assert.deepEqual([status, type, headers.get('x-should-retry')], [429, 'billing_error', 'false'], message)
  assert.match(message, words)
  return { id: /sluice resume (\d+)/.exec(message)?.[1], headers, message }
}

/** What is paused, by the admin API. */
export const pausesOf = async (gateway: Pick<Gateway, 'admin'>) =>
  (await gateway.admin<{ data: Record<string, unknown>[] }>('/pauses?status=active')).data
