import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { memberBytes, type Envelope } from './envelope.ts'

/**
 * What an account is bound to, so that a conversation finds its prompt cache again: the session that Claude Code names
 * (with the agent's id, so that subagents spread over accounts), else a hash of what stays the same from turn to turn.
 * Scoped to the group, whose accounts it chooses among. Null when the body says nothing that could be told apart.
 */
export function sessionKeyOf(groupId: string, headers: IncomingHttpHeaders, envelope: Envelope): string | null {
  const session = header(headers, 'x-claude-code-session-id') ?? sessionOfUserId(envelope.metadataUserId)
  if (session !== null) return digest(groupId, 'session', session, header(headers, 'x-claude-code-agent-id') ?? '')
  const text = stableText(envelope)
  return text === null ? null : digest(groupId, 'text', text)
}

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

interface TextBlock {
  text: string
  cached: boolean
}

/** Larger values are not parsed, since that holds everybody up: their beginning stands for them, and stays as they grow. */
const MAX_PARSED_BYTES = 131_072
const STANDING_BYTES = 4096

function stableText(envelope: Envelope): string | null {
  const system = memberBytes(envelope, 'system')
  if (system !== undefined && system.length > MAX_PARSED_BYTES) return system.toString('latin1', 0, STANDING_BYTES)
  const blocks = textBlocks(parsed(system))
    // Claude Code's first block names its build and changes from request to request.
    .filter((block) => !block.text.startsWith('x-anthropic-billing-header'))
  const cached = blocks.filter((block) => block.cached)
  const chosen = cached.length > 0 ? cached : blocks
  if (chosen.length > 0) return chosen.map((block) => block.text).join('\n')
  const messages = memberBytes(envelope, 'messages')
  if (messages !== undefined && messages.length > MAX_PARSED_BYTES) return messages.toString('latin1', 0, STANDING_BYTES)
  return firstUserMessage(parsed(messages))
}

const parsed = (json: Buffer | undefined): unknown => (json === undefined ? undefined : JSON.parse(json.toString()))

function firstUserMessage(messages: unknown): string | null {
  if (!Array.isArray(messages)) return null
  const first = (messages as unknown[]).find((message) => isRecord(message) && message['role'] === 'user')
  const text = isRecord(first) ? textBlocks(first['content']).map((block) => block.text) : []
  return text.length > 0 ? text.join('\n') : null
}

function textBlocks(content: unknown): TextBlock[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content, cached: false }]
  if (!Array.isArray(content)) return []
  return (content as unknown[]).flatMap((block) => {
    if (!isRecord(block) || typeof block['text'] !== 'string') return []
    const cache = block['cache_control']
    return [{ text: block['text'], cached: isRecord(cache) && cache['type'] === 'ephemeral' }]
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Hashed, because a header may be long and a prompt's text must not be kept. */
function digest(...parts: string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
