import { createHmac } from 'node:crypto'
import type { OutboxItem } from '../../resources/records/webhook-outbox.ts'

/** Where the events come from, as CloudEvents want it: with the id it makes an event one of a kind. */
const SOURCE = '/sluice'

export interface WebhookMessage {
  /** The same each time that it is sent. */
  id: string
  headers: Record<string, string>
  body: string
}

/**
 * An event as a CloudEvent in structured mode (CloudEvents 1.0.2, HTTP binding), signed as a Standard Webhook (1.0.0): once with
 * each secret, so that they can be changed one after the other. `secrets` are the bytes behind `whsec_`.
 */
export function webhookMessage(item: OutboxItem, secrets: readonly Buffer[], now: number): WebhookMessage {
  const id = item.eventId ?? `outbox.${item.id}`
  const body = JSON.stringify({
    specversion: '1.0',
    id,
    source: SOURCE,
    type: item.type,
    ...(item.subject === null ? {} : { subject: item.subject }),
    time: new Date(item.createdAt).toISOString(),
    datacontenttype: 'application/json',
    data: item.data
  })
  const timestamp = String(Math.floor(now / 1000))
  const sign = (secret: Buffer) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  return {
    id,
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': secrets.map(sign).join(' ')
    },
    body
  }
}
