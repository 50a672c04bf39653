import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { etagOf } from '../../services/admin/operator-changes.ts'
import { changeable, changeSetting } from '../../services/admin/settings.ts'
import { findStoredSetting, listStoredSettings } from '../../services/records/runtime-settings.ts'
import { reportSettings } from '../../services/set-up/runtime-settings.ts'
import { settingReferences } from '../../services/set-up/settings.ts'
import { IF_MATCH } from '../resource-routes.ts'
import { ONE_PAGE, pageOf } from './paging.ts'
import { closed, TextOrNull } from './schemas.ts'

const Name = Type.Object({ name: Type.String({ pattern: '^[A-Z_]{1,60}$', description: 'the name of a setting' }) })
const Change = Type.Object({ value: Type.String({ maxLength: 200, description: 'a text, as in the environment' }) }, closed)
const Setting = Type.Object({
  name: Type.String(),
  value: TextOrNull,
  default: TextOrNull,
  meaning: Type.String(),
  source: Type.String(),
  changeable: Type.Boolean()
})

const isSetting = (name: string) => settingReferences.some((reference) => reference.name === name)

/** The settings in force, and those that can be changed while Sluice runs. */
const settings: FastifyPluginAsyncTypebox = async (app) => {
  async function shown(reply: FastifyReply, name: string) {
    await app.settingsUpToDate()
    const stored = await listStoredSettings(app.adminDatabase)
    const row = await findStoredSetting(app.adminDatabase, name)
    if (row !== null) void reply.header('etag', etagOf(row))
    return await reply.send(reportSettings(app.config, stored).find((report) => report.name === name))
  }

  app.get(
    '/settings',
    {
      schema: {
        summary: 'Lists the settings in force; of secrets only whether they are set',
        querystring: ONE_PAGE,
        response: { 200: pageOf(Setting) }
      }
    },
    async () => {
      await app.settingsUpToDate()
      return { data: reportSettings(app.config, await listStoredSettings(app.adminDatabase)), next_cursor: null }
    }
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
    async (request, reply) => {
      const name = changeable(request.params.name, isSetting)
      const change = { name, value: request.body.value, ifMatch: request.headers['if-match'] }
      await changeSetting(app.operatorOf(request), change)
      app.bus.publish('settings')
      return await shown(reply, name)
    }
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
    async (request, reply) => {
      const name = changeable(request.params.name, isSetting)
      await changeSetting(app.operatorOf(request), { name, value: null, ifMatch: request.headers['if-match'] })
      app.bus.publish('settings')
      return await shown(reply, name)
    }
  )
}

export default settings
