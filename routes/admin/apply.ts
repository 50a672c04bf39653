import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { applyDesired } from '../../services/resources/set-up/apply.ts'
import { reportOf } from '../../services/resources/set-up/apply-report.ts'
import { createDeclarativeFileReader } from '../../services/resources/set-up/read-declarative-file.ts'
import { hostRulesOf } from '../../services/platform/network/host-rules.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { closed, FLAG } from './schemas.ts'
import { ProblemsError } from '../../services/resources/set-up/problems-error.ts'

const ApplyBody = Type.Object(
  {
    /** A declarative file as text, YAML or JSON. `${NAME}` in it stays as it is: the server's environment is not the sender's. */
    file: Type.String({ description: 'a declarative file as text' }),
    dry_run: FLAG,
    prune: FLAG,
    confirm_managed_settings: FLAG
  },
  closed
)

const Report = Type.Object({
  plan: Type.Array(
    Type.Object({
      action: Type.String(),
      kind: Type.String(),
      name: Type.String(),
      changes: Type.Array(Type.Object({ field: Type.String(), from: Type.String(), to: Type.String() }))
    })
  ),
  warnings: Type.Array(Type.String()),
  created_keys: Type.Array(Type.Object({ email: Type.String(), name: Type.String(), key: Type.String() }))
})

/** `POST /apply`: the whole declarative file at once, in one transaction. Generated keys are in this response and nowhere else. */
const apply: FastifyPluginAsyncTypebox = async (app) => {
  const readFile = createDeclarativeFileReader()

  app.post(
    '/apply',
    {
      schema: {
        summary: 'Makes what there is what a declarative file says, or says what that would change',
        body: ApplyBody,
        response: { 200: Report }
      }
    },
    async (request, reply) => {
      const { file, dry_run: dryRun = false, prune = false, confirm_managed_settings: isConfirmed = false } = request.body
      try {
        const desired = await readFile({ text: file, fileName: 'file' })
        const result = await applyDesired(app.adminDatabase, desired, {
          secretBox: app.secretBox,
          clock: app.clock,
          hosts: hostRulesOf(app.config),
          dryRun,
          prune,
          isConfirmed,
          audit: app.operatorOf(request)
        })
        if (!dryRun) for (const topic of ['directory', 'accounts'] as const) app.bus.publish(topic)
        return await reply.header('cache-control', 'no-store').send(reportOf(result))
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error
        throw new GatewayError(400, 'invalid_request_error', error.message, { cause: error })
      }
    }
  )
}

export default apply
