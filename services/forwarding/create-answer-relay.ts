import type { IncomingHttpHeaders } from 'node:http'
import { codingOf, type AnswerRelay, type RelayController, type RelayTarget, type Unusable } from './answer-relay.ts'
import { isKnownCoding } from './content-decoder.ts'
import { EventStreamRelay } from './event-stream-relay.ts'
import { JsonRelay } from './json-relay.ts'

/** The relay that fits the answer, or the reason why it is none that can be passed on. */
export function createAnswerRelay(
  status: number,
  headers: IncomingHttpHeaders,
  target: RelayTarget,
  controller: RelayController
): AnswerRelay | Unusable {
  const coding = codingOf(headers)
  if (coding !== null && !isKnownCoding(coding)) {
    return { reason: `the answer has an unknown content-encoding: ${coding}`, mayHaveCost: true }
  }
  const type = headers['content-type'] ?? ''
  if (/^text\/event-stream\b/i.test(type)) return new EventStreamRelay(status, headers, target, controller)
  if (/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    if (!target.client.begun) return new JsonRelay(status, headers, target, controller)
    return { reason: 'the answer is JSON where a stream has begun', mayHaveCost: true }
  }
  // Something else on the way has answered: a login page, a proxy.
  return { reason: `the answer is neither an event stream nor JSON: ${type.slice(0, 60)}`, mayHaveCost: false }
}
