import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { foundIn } from '../../services/resources/admin/drift-sums.ts'
import { verifyLedgerPart } from '../../services/resources/admin/ledger-verification.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { InvalidCursorError } from '../../services/platform/database/pages.ts'
import { PAGING } from './paging.ts'
import { TextOrNull } from './schemas.ts'

const Query = Type.Object({ cursor: PAGING.cursor }, { additionalProperties: false, description: 'a JSON object' })

const Count = Type.Integer()
export const Checked = Type.Object({
  users: Count,
  entries: Count,
  subscriptions: Count,
  keys: Count,
  teams: Count,
  events: Count,
  hours: Count
})
export const Drift = Type.Object({
  kind: Type.String(),
  subject: Type.String(),
  field: Type.String(),
  recorded: TextOrNull,
  recomputed: Type.String()
})
const Part = Type.Object({
  checked: Checked,
  skipped_windows: Count,
  found: Count,
  drifts: Type.Array(Drift),
  next_cursor: TextOrNull
})

/** `GET /ledger-verification`: recomputes balances, windows, the keys' totals and the sums of hours and days, a part a request. */
const ledgerVerification: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/ledger-verification',
    {
      schema: {
        summary: 'Recomputes a part of the balances, windows and sums from the events',
        querystring: Query,
        response: { 200: Part }
      }
    },
    async ({ query: { cursor = null } }) => {
      try {
        const part = await verifyLedgerPart(app.adminDatabase, cursor, app.clock.now())
        const { checked, skippedWindows, kinds, drifts, nextCursor } = part
        return { checked, skipped_windows: skippedWindows, found: foundIn(kinds), drifts, next_cursor: nextCursor }
      } catch (error) {
        if (error instanceof InvalidCursorError)
          throw new GatewayError(400, 'invalid_request_error', `cursor: ${error.message}`)
        throw error
      }
    }
  )
}

export default ledgerVerification
