import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  pageAudits,
  verifyAudits,
  type AuditVerification,
  type ListedAudit
} from '../../services/resources/records/audit-log.ts'
import { FILTER_TEXT, listing, pageRequest, pageResponse, PAGING, TIMES, timesOf } from './paging.ts'
import { TextOrNull } from './schemas.ts'

const Filters = Type.Object(
  {
    ...PAGING,
    subject: Type.Optional(FILTER_TEXT),
    user: Type.Optional(FILTER_TEXT),
    actor: Type.Optional(FILTER_TEXT),
    action: Type.Optional(FILTER_TEXT),
    ...TIMES
  },
  { additionalProperties: false, description: 'a JSON object' }
)

const Entry = Type.Object({
  id: Type.String(),
  seq: TextOrNull,
  at: Type.String(),
  actor: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  detail: Type.Unknown(),
  exchange_id: TextOrNull,
  request_id: TextOrNull,
  client_address: TextOrNull,
  user_agent: TextOrNull,
  hash: TextOrNull
})

export const VerifiedChain = Type.Object({
  ok: Type.Boolean(),
  entries: Type.Integer(),
  old_entries: Type.Integer(),
  head: Type.Object({ seq: Type.String(), hash: Type.String() }),
  broken: Type.Union([Type.Object({ id: TextOrNull, seq: TextOrNull, problem: Type.String() }), Type.Null()])
})

export const chainOnWire = ({ ok, entries, oldEntries, head, broken }: AuditVerification) => ({
  ok,
  entries,
  old_entries: oldEntries,
  head,
  broken
})

const reportOfAudit = (entry: ListedAudit) => ({
  id: entry.id,
  seq: entry.seq,
  at: new Date(entry.at).toISOString(),
  actor: entry.actor,
  action: entry.action,
  subject: entry.subject,
  detail: entry.detail,
  exchange_id: entry.exchangeId,
  request_id: entry.requestId,
  client_address: entry.clientAddress,
  user_agent: entry.userAgent,
  hash: entry.hash
})

/** Who changed what, and whether that record is whole. */
const auditLog: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/audit-log', listing('Lists who changed what, newest first', Entry, Filters), ({ query }) => {
    const { subject, user, actor, action, ...times } = query
    const filters = { subject, user, actor, action, ...timesOf(times, app.clock.now()) }
    return pageResponse(pageAudits(app.adminDatabase, filters, pageRequest(query)), reportOfAudit)
  })

  app.get(
    '/audit-log/verification',
    { schema: { summary: 'Recomputes the hash chain of the audit log', response: { 200: VerifiedChain } } },
    async () => chainOnWire(await verifyAudits(app.adminDatabase))
  )
}

export default auditLog
