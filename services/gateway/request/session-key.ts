import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Lane } from '../slots/slots.ts'
import { hashOf, shownHash } from '../slots/text-hash.ts'
import type { Envelope } from './envelope.ts'

/** Accounts are bound to it, so that a conversation finds its prompt cache again. */
export interface SessionKey {
  key: string
  /** It was not named by the client but derived from the request, so it may be shared, and is not worth waiting for. */
  isDerived: boolean
  /**
   * The beginning of a hash, for people. Of one that the client names it is the hash of the name alone, as where it waits for its turn:
   * whoever looks at a session's requests looks at those of all its agents.
   */
  shown: string
}

/** Whether the headers name the session, so that the body is not needed for it. */
export const namesSession = (headers: IncomingHttpHeaders) => header(headers, 'x-claude-code-session-id') !== null

/**
 * The session that Claude Code names (with the agent's id, so that subagents spread over accounts), else a hash of what stays the
 * same from turn to turn. Scoped to the group, whose accounts it chooses among. Null when nothing in the body is distinctive.
 */
export function sessionKeyOf(
  groupId: string,
  headers: IncomingHttpHeaders,
  { metadataUserId, conversation }: Pick<Envelope, 'metadataUserId' | 'conversation'>
): SessionKey | null {
  const session = namedSession(headers, metadataUserId)
  if (session !== null) {
    const key = digest(groupId, 'session', session, namedAgent(headers))
    return { key, isDerived: false, shown: shownHash(hashOf(session)) }
  }
  if (conversation === null) return null
  const key = digest(groupId, 'text', conversation)
  return { key, isDerived: true, shown: shownHash(key) }
}

/**
 * In whose name a request takes its turn among those of its user. What a key sends without naming a session is one session:
 * if it were told from what it says, each prompt of a script would have a turn of its own.
 */
export function laneOf(keyId: string, headers: IncomingHttpHeaders, metadataUserId: string | null): Lane {
  return { session: namedSession(headers, metadataUserId) ?? `key ${keyId}`, agent: namedAgent(headers) }
}

/** As the client itself names it; null when it does not. */
export function namedSession(headers: IncomingHttpHeaders, metadataUserId: string | null): string | null {
  return header(headers, 'x-claude-code-session-id') ?? sessionOfUserId(metadataUserId)
}

/** The agent of the session, as the client names it; '' is the one that it began with. */
export const namedAgent = (headers: IncomingHttpHeaders): string => header(headers, 'x-claude-code-agent-id') ?? ''

function header(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** `metadata.user_id` is a JSON string with a session_id, or in older clients `user_…_account_…_session_<uuid>`. */
function sessionOfUserId(userId: string | null): string | null {
  if (userId === null) return null
  const old = /_session_([0-9a-fA-F-]{36})$/.exec(userId)
  if (old !== null) return old[1]!
  if (!userId.startsWith('{')) return null
  try {
    const { session_id: session } = JSON.parse(userId) as { session_id?: unknown }
    return typeof session === 'string' && session !== '' ? session : null
  } catch {
    return null
  }
}

/** Hashed, because a header may be long and a prompt's text must not be kept. */
function digest(...parts: string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
