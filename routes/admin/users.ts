import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { adjustBalance, reportOfEntry } from '../../services/resources/admin/balances.ts'
import { sumUserSpend } from '../../services/money/records/user-spend.ts'
import type { Row } from '../../services/resources/rows.ts'
import type { UserRow } from '../../services/resources/users/definition.ts'
import { spendSortKeys, userResource } from '../../services/resources/users/users.ts'
import { resourceRoutes } from '../resource-routes.ts'
import { SlotsInUse, slotsOnWire, spendOnWire, UserSpend } from '../user-figures.ts'
import { ID_OR_NAME } from './paging.ts'
import { closed, Note, Password, TextOrNull } from './schemas.ts'

const NewPassword = Type.Object({ password: Password }, closed)
const SignedOut = Type.Object({
  sessions_ended: Type.Integer(),
  sign_ins_ended: Type.Integer({ description: 'of tools such as Claude Code' })
})
const Unlinked = Type.Object({ identities: Type.Integer() })

const Adjustment = Type.Object(
  {
    amount_usd: Type.String({
      pattern: '^-?(?=.*[1-9])\\d{1,15}(?:\\.\\d{1,9})?$',
      description: 'a string with an amount of USD other than 0, such as "12.50" or "-3", with at most 9 decimals'
    }),
    kind: Type.Enum(['top-up', 'adjustment', 'refund'], { description: 'top-up, adjustment or refund' }),
    note: Type.Optional(Note) // none
  },
  closed
)

/** Of the ledger. */
export const Entry = Type.Object({
  id: Type.String(),
  user_email: Type.String(),
  kind: Type.String(),
  amount_usd: Type.String(),
  source_id: Type.String(),
  balance_after_usd: Type.String(),
  note: TextOrNull,
  created_at: Type.String()
})

const IDEMPOTENCY_KEY = Type.Object({
  'idempotency-key': Type.String({
    pattern: '^[\\x20-\\x7e]{1,200}$',
    description: '1 to 200 printable ASCII characters, by which a repeated request is known'
  })
})

/** Users, and what is done to their balances. */
const users: FastifyPluginAsyncTypebox = async (app) => {
  resourceRoutes(app, userResource, {
    list: {
      extras: {
        spend: {
          schema: UserSpend,
          async read(rows) {
            const now = app.clock.now()
            const spend = await sumUserSpend(
              app.adminDatabase,
              rows.map(({ id }) => id),
              now
            )
            return ({ id }) => spendOnWire(spend.get(id)!, now)
          }
        },
        slots: {
          schema: SlotsInUse,
          async read() {
            const slots = slotsOnWire(await app.recentSlotUsage().catch(() => null))
            return (row) => slots(row as Row & UserRow)
          }
        }
      },
      sortKeys: spendSortKeys(app.clock)
    }
  })

  app.post(
    '/users/:id/password',
    {
      schema: {
        summary: "Sets a user's password, which ends their sessions",
        params: ID_OR_NAME,
        body: NewPassword,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await app.people.setPassword(app.operatorOf(request), request.params.id, request.body.password)
      return await reply.code(204).send(null)
    }
  )

  app.post(
    '/users/:id/sign-out',
    {
      schema: {
        summary: "Ends all of a user's sessions, and the sign-ins of their tools",
        params: ID_OR_NAME,
        response: { 200: SignedOut }
      }
    },
    async (request) => {
      const { sessions, signIns } = await app.people.signOut(app.operatorOf(request), request.params.id)
      app.bus.publish('directory')
      return { sessions_ended: sessions, sign_ins_ended: signIns }
    }
  )

  app.post(
    '/users/:id/unlink',
    {
      schema: {
        summary: 'Forgets whom OpenID providers know a user as, and ends their sessions',
        params: ID_OR_NAME,
        response: { 200: Unlinked }
      }
    },
    async (request) => ({ identities: await app.people.unlink(app.operatorOf(request), request.params.id) })
  )

  app.post(
    '/users/:id/balance-adjustments',
    {
      schema: {
        summary: 'Changes a balance, once for each idempotency key',
        params: ID_OR_NAME,
        headers: IDEMPOTENCY_KEY,
        body: Adjustment,
        refuses: { 409: 'The key was used for something else' },
        response: { '2xx': Entry }
      }
    },
    async (request, reply) => {
      const { amount_usd: amountUsd, kind, note = null } = request.body
      const { entry, created } = await adjustBalance(app.operatorOf(request), {
        userId: request.params.id,
        amountUsd,
        kind,
        note,
        idempotencyKey: request.headers['idempotency-key']
      })
      app.bus.publish('directory')
      return await reply.code(created ? 201 : 200).send(reportOfEntry(entry))
    }
  )
}

export default users
