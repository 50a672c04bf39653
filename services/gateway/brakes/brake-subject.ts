import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { namedAgent, namedSession } from '../request/session-key.ts'
import type { Envelope } from '../request/envelope.ts'
import type { BrakeScope } from '../../resources/brakes/brake-fields.ts'

/** Whose request it is, as brakes look at it. */
export interface BrakeSubject {
  keyId: string
  /** As the client names it where that is short and plain, else a sealed hash, behind a tilde; null where nothing tells it from others. */
  session: string | null
  /** The same of an agent of the session; '' is the one that it began with. Null where there is no session. */
  agent: string | null
}

/** Hashes that tell nothing, also to who tries out texts: only this installation can make them. */
export type Seal = (text: string | Buffer) => string

/** `secret` is asked for once, when something is to be sealed: made ready each time, it costs more than what it seals. */
export function createSeal(secret: () => string | Buffer): Seal {
  let key: KeyObject | null = null
  return (text) => {
    key ??= createSecretKey(Buffer.from(secret()))
    return createHmac('sha256', key).update(text).digest('base64url').slice(0, 22)
  }
}

const PLAIN = /^[\w.:-]{1,100}$/
const SEALED = /^~[\w-]{22}$/

/** A session or agent as it is known here, of what an operator calls it: as its client does, or as lists of pauses do. */
export const knownName = (name: string, seal: Seal): string => (PLAIN.test(name) || SEALED.test(name) ? name : `~${seal(name)}`)

export function brakeSubjectOf(
  keyId: string,
  headers: IncomingHttpHeaders,
  { metadataUserId, conversation }: Pick<Envelope, 'metadataUserId' | 'conversation'>,
  seal: Seal
): BrakeSubject {
  const sealed = (name: string) => `~${seal(name)}`
  const short = (name: string) => (PLAIN.test(name) ? name : sealed(name))
  const named = namedSession(headers, metadataUserId)
  if (named === null && conversation === null) return { keyId, session: null, agent: null }
  const agent = namedAgent(headers)
  return {
    keyId,
    session: named === null ? sealed(`conversation ${conversation}`) : short(named),
    agent: agent === '' ? '' : short(agent)
  }
}

/** What is paused, or counted, together: the whole key, a session of it, or an agent of that. */
export function withinScope({ keyId, session, agent }: BrakeSubject, scope: BrakeScope): BrakeSubject | null {
  if (scope === 'key') return { keyId, session: null, agent: null }
  if (session === null) return null
  return { keyId, session, agent: scope === 'agent' ? agent : null }
}

/** One name for each subject of a key: no session or agent can be called so that two are alike. */
export const subjectName = ({ session, agent }: BrakeSubject): string => JSON.stringify([session, agent])
