import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { addAccount, changeAccount, removeAccount } from '../../services/resources/admin/accounts.ts'
import { etagOf } from '../../services/resources/admin/operator-changes.ts'
import type { AccountRecord } from '../../services/resources/records/accounts.ts'
import { DesiredAccount } from '../../services/resources/set-up/declarative-schema.ts'
import { IF_MATCH } from '../resource-routes.ts'
import { ROW_ID } from './paging.ts'
import { closed, orNull } from './schemas.ts'
import { Account, accountViewOf } from './wire.ts'

const { name: _name, type: _type, credentials, groups, status, ...fields } = DesiredAccount.properties
const NewAccount = Type.Object(DesiredAccount.properties, closed)
const AccountChanges = Type.Object(
  {
    credentials,
    groups,
    status,
    ...Object.fromEntries(Object.entries(fields).map(([field, schema]) => [field, orNull(schema)]))
  },
  closed
)

/** Accounts as they are described; what else is done with them is in accounts.ts. */
const accountRows: FastifyPluginAsyncTypebox = async (app) => {
  async function changed(reply: FastifyReply, account: AccountRecord) {
    app.bus.publish('accounts')
    // Loaded anew, so that what is wrong with it is in the answer.
    await app.accountDirectory.load().catch(() => {})
    return await reply.header('etag', etagOf(account)).send(accountViewOf(app)(account))
  }

  app.post(
    '/accounts',
    { schema: { summary: 'Creates an account', body: NewAccount, response: { 201: Account } } },
    async (request, reply) => changed(reply.code(201), await addAccount(app.operatorOf(request), request.body))
  )

  app.patch(
    '/accounts/:id',
    {
      schema: {
        summary: 'Changes an account',
        params: ROW_ID,
        headers: IF_MATCH,
        body: AccountChanges,
        response: { 200: Account }
      }
    },
    async (request, reply) => {
      const target = { id: request.params.id, ifMatch: request.headers['if-match'] }
      return await changed(reply, await changeAccount(app.operatorOf(request), target, request.body))
    }
  )

  app.delete(
    '/accounts/:id',
    {
      schema: {
        summary: 'Removes an account; what it served stays on record',
        params: ROW_ID,
        headers: IF_MATCH,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await removeAccount(app.operatorOf(request), { id: request.params.id, ifMatch: request.headers['if-match'] })
      app.bus.publish('accounts')
      return await reply.code(204).send(null)
    }
  )
}

export default accountRows
