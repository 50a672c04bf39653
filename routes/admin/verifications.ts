import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { formatUsd } from '../../services/money/prices/money.ts'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { DRIFT_KINDS } from '../../services/resources/records/ledger-verification.ts'
import {
  beginVerification,
  findVerification,
  pageVerifications,
  VERIFICATION_STATES,
  type Verification
} from '../../services/resources/records/verifications.ts'
import { chainOnWire, VerifiedChain } from './audit-log.ts'
import { Checked, Drift } from './ledger-verification.ts'
import { listing, oneOrSeveral, pageRequest, pageResponse, PAGING, ROW_ID } from './paging.ts'
import { closed, TextOrNull } from './schemas.ts'

const State = Type.Enum(VERIFICATION_STATES, { description: VERIFICATION_STATES.join(', ') })

const LISTED = {
  id: Type.String(),
  state: State,
  started_at: Type.String(),
  ended_at: TextOrNull,
  started_by: Type.String({ description: 'who asked for it; `sluice`: the one of each day' }),
  replica: Type.String(),
  checked: Checked,
  skipped_windows: Type.Integer(),
  found: Type.Integer({ description: 'how many values drifted' }),
  kinds: Type.Array(
    Type.Object({
      kind: Type.Enum(DRIFT_KINDS),
      found: Type.Integer(),
      difference_usd: Type.String({ description: 'by how much all of their amounts differ, without their signs' })
    })
  ),
  audit_chain: Type.Union([VerifiedChain, Type.Null()], { description: 'null: it was not come to' }),
  problem: TextOrNull
}
export const ListedVerification = Type.Object(LISTED)
export const ShownVerification = Type.Object({ ...LISTED, drifts: Type.Array(Drift) })

const Filters = Type.Object({ ...PAGING, state: oneOrSeveral(State) }, closed)

/** Verifications of all the books, which the server carries out and keeps. */
const verifications: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/verifications',
    listing('Lists verifications of the books, newest first', ListedVerification, Filters),
    ({ query }) => pageResponse(pageVerifications(app.adminDatabase, { states: query.state }, pageRequest(query)), onList)
  )

  app.get(
    '/verifications/:id',
    {
      schema: { summary: 'Shows a verification, with what drifted', params: ROW_ID, response: { 200: ShownVerification } }
    },
    ({ params: { id } }) => shown(id)
  )

  app.post(
    '/verifications',
    {
      schema: {
        summary: 'Begins to verify all the books (201), or tells of the verification that is running (200)',
        response: { 200: ShownVerification, 201: ShownVerification }
      }
    },
    async (request, reply) => {
      const { actor } = app.operatorOf(request)
      const begun = await beginVerification(app.adminDatabase, { startedBy: actor, replica: app.replicaName })
      if (begun.isNew) void app.backOffice.verify(begun.id)
      return await reply.code(begun.isNew ? 201 : 200).send(await shown(begun.id))
    }
  )

  async function shown(id: string) {
    const verification = await findVerification(app.adminDatabase, id)
    if (verification === null) throw unknownId('verification', id)
    return withDrifts(verification)
  }
}

const NONE_CHECKED = { users: 0, entries: 0, subscriptions: 0, keys: 0, teams: 0, events: 0, hours: 0 }

/** Without what drifted one by one, which may be long. */
export const onList = ({ startedAt, endedAt, ...verification }: Verification) => ({
  id: verification.id,
  state: verification.state,
  started_at: new Date(startedAt).toISOString(),
  ended_at: endedAt === null ? null : new Date(endedAt).toISOString(),
  started_by: verification.startedBy,
  replica: verification.replica,
  checked: { ...NONE_CHECKED, ...verification.checked },
  skipped_windows: verification.skippedWindows,
  found: verification.found,
  kinds: DRIFT_KINDS.flatMap((kind) => {
    const sum = verification.kinds[kind]
    return sum === undefined ? [] : [{ kind, found: sum.found, difference_usd: formatUsd(sum.differenceNano) }]
  }),
  audit_chain: verification.audit === null ? null : chainOnWire(verification.audit),
  problem: verification.problem
})

export const withDrifts = (verification: Verification) => ({ ...onList(verification), drifts: verification.drifts })

export default verifications
