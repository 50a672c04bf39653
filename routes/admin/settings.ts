import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { etagOf } from '../../services/resources/admin/operator-changes.ts'
import { settings as definition } from '../../services/resources/settings/definition.ts'
import { changeSetting, refuseUnchangeable, unknownSetting, unsetSetting } from '../../services/resources/settings/settings.ts'
import type { Target } from '../../services/resources/operate.ts'
import { listRows } from '../../services/resources/rows.ts'
import { reportSettings } from '../../services/resources/set-up/runtime-settings.ts'
import { settingReferences } from '../../services/resources/set-up/settings.ts'
import { IF_MATCH } from '../resource-routes.ts'
import { listing, PAGED } from './paging.ts'
import { closed, TextOrNull } from './schemas.ts'

const Name = Type.Object({ name: Type.Unsafe<string>(definition.id.schema) })
const Change = Type.Object({ value: Type.Unsafe<string>(definition.fields.value.schema) }, closed)
const Setting = Type.Object({
  name: Type.String(),
  value: TextOrNull,
  default: TextOrNull,
  meaning: Type.String(),
  source: Type.String(),
  changeable: Type.Boolean(),
  version: Type.Integer({ description: 'of its change while Sluice runs; 0: nobody has changed it' })
})

const settingNames = settingReferences.map(({ name }) => name)

/** The settings in force, and those that can be changed while Sluice runs. */
const settings: FastifyPluginAsyncTypebox = async (app) => {
  async function reports() {
    await app.settingsUpToDate()
    return reportSettings(app.config, await listRows(app.adminDatabase, definition))
  }

  async function show(reply: FastifyReply, name: string) {
    const report = (await reports()).find((report) => report.name === name)
    if (report === undefined) throw unknownSetting(name, settingNames)
    return await reply.header('etag', etagOf(report)).send(report)
  }

  /** Changes one, and answers with it as it is then. */
  async function change(
    { params: { name }, headers }: { params: { name: string }; headers: { 'if-match'?: string } },
    reply: FastifyReply,
    work: (target: Target) => Promise<void>
  ) {
    refuseUnchangeable(name, settingNames)
    await work({ id: name, ifMatch: headers['if-match'] })
    app.bus.publish('settings')
    return await show(reply, name)
  }

  app.get(
    '/settings',
    listing('Lists the settings in force; of secrets only whether they are set', Setting, PAGED),
    async () => ({ data: await reports(), next_cursor: null })
  )

  app.get(
    '/settings/:name',
    { schema: { summary: 'Shows a setting', params: Name, response: { 200: Setting } } },
    ({ params: { name } }, reply) => show(reply, name)
  )

  app.put(
    '/settings/:name',
    {
      schema: {
        summary: 'Changes a setting at every replica, until it is taken back',
        params: Name,
        headers: IF_MATCH,
        body: Change,
        response: { 200: Setting }
      }
    },
    async (request, reply) =>
      change(request, reply, (target) => changeSetting(app.operatorOf(request), target, request.body.value))
  )

  app.delete(
    '/settings/:name',
    {
      schema: {
        summary: "Has the environment's value, or the default, count again",
        params: Name,
        headers: IF_MATCH,
        response: { 200: Setting }
      }
    },
    async (request, reply) => change(request, reply, (target) => unsetSetting(app.operatorOf(request), target))
  )
}

export default settings
