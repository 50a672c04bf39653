import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { CLIENT_KEY, refusalOf, saying, user, type Gateway } from './gateway.ts'
import { until } from './until.ts'

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

/** Where clients ask. */
interface Asking {
  messages: (body: object, init?: { headers?: Record<string, string> }) => Promise<Response>
}

interface Asked {
  session?: string
  agent?: string
  key?: string
  text?: string
  body?: object
}

/** Each says something else, unless it is told what. */
export function askFor(
  { messages }: Asking,
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

export async function served(gateway: Asking, asked: Asked): Promise<void> {
  const response = await askFor(gateway, asked)
  assert.equal(response.status, 200, await response.clone().text())
  await response.arrayBuffer()
}

/** What a request is refused with that a brake, or somebody, has paused. */
export async function refusedBy(gateway: Asking, asked: Asked, words: RegExp) {
  const { status, type, message, headers } = await refusalOf(await askFor(gateway, asked))
  assert.deepEqual([status, type, headers.get('x-should-retry')], [429, 'billing_error', 'false'], message)
  assert.match(message, words)
  return { headers, message }
}

/** The number of the pause that a request is refused for, once that is on record and told. */
export async function pauseOf(gateway: Asking, asked: Asked): Promise<string> {
  let id: string | undefined
  await until('the pause has a number', async () => {
    const { message } = await refusedBy(gateway, asked, /^paused: /)
    id = /resume with `sluice resume (\d+)` or in the console$/.exec(message)?.[1]
    return id !== undefined
  })
  return String(id)
}

/** What is paused, by the admin API. */
export const pausesOf = async (gateway: Pick<Gateway, 'admin'>) =>
  (await gateway.admin<{ data: Record<string, unknown>[] }>('/pauses?status=active')).data
