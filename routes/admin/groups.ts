import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { addGroup, changeGroup, reportOfGroup, removeGroup } from '../../services/admin/groups.ts'
import { etagOf, unknownId } from '../../services/admin/operator-changes.ts'
import { findGroup, pageGroups } from '../../services/records/groups.ts'
import { DesiredGroup } from '../../services/set-up/declarative-schema.ts'
import { answerPage, pageOf, pageRequest, PAGING, ROW_ID } from './paging.ts'
import { closed, orNull, TextOrNull } from './schemas.ts'

const { name, kind, allowed_models: models, ...fields } = DesiredGroup.properties
const GroupChanges = Type.Object(
  {
    ...fields,
    name: Type.Optional(name),
    kind: Type.Optional(kind),
    daily_limit_usd: orNull(fields.daily_limit_usd),
    weekly_limit_usd: orNull(fields.weekly_limit_usd),
    monthly_limit_usd: orNull(fields.monthly_limit_usd),
    allowed_models: orNull(models)
  },
  closed
)

const Group = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  status: Type.String(),
  rate_multiplier: Type.String(),
  daily_limit_usd: TextOrNull,
  weekly_limit_usd: TextOrNull,
  monthly_limit_usd: TextOrNull,
  window_anchor: Type.String(),
  time_zone: Type.String(),
  allowed_models: Type.Union([Type.Array(Type.String()), Type.Null()]),
  model_mapping: Type.Record(Type.String(), Type.String()),
  version: Type.Integer()
})

/** Groups: what their keys may use, and at what price. */
const groups: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/groups',
    { schema: { summary: 'Lists groups', querystring: Type.Object(PAGING, closed), response: { 200: pageOf(Group) } } },
    async ({ query }) => await answerPage(pageGroups(app.adminDatabase, pageRequest(query)), reportOfGroup)
  )

  app.get(
    '/groups/:id',
    { schema: { summary: 'Shows a group', params: ROW_ID, response: { 200: Group } } },
    async ({ params: { id } }, reply) => {
      const group = await findGroup(app.adminDatabase, id)
      if (group === null) throw unknownId('group', id)
      return await reply.header('etag', etagOf(group)).send(reportOfGroup(group))
    }
  )

  app.post(
    '/groups',
    { schema: { summary: 'Creates a group', body: DesiredGroup, response: { 201: Group } } },
    async (request, reply) => {
      const group = await addGroup(app.operatorOf(request), request.body)
      app.bus.publish('directory')
      return await reply.code(201).header('etag', etagOf(group)).send(reportOfGroup(group))
    }
  )

  app.patch(
    '/groups/:id',
    { schema: { summary: 'Changes a group', params: ROW_ID, body: GroupChanges, response: { 200: Group } } },
    async (request, reply) => {
      const { params, headers, body } = request
      const group = await changeGroup(app.operatorOf(request), { id: params.id, ifMatch: headers['if-match'], changes: body })
      app.bus.publish('directory')
      return await reply.header('etag', etagOf(group)).send(reportOfGroup(group))
    }
  )

  app.delete(
    '/groups/:id',
    { schema: { summary: 'Removes a group that nothing refers to', params: ROW_ID, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await removeGroup(app.operatorOf(request), { id: request.params.id, ifMatch: request.headers['if-match'] })
      app.bus.publish('directory')
      return await reply.code(204).send(null)
    }
  )
}

export default groups
