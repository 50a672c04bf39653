import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { rotateGeneratedSecretKey, rotateSecrets } from '../../services/resources/set-up/secret-rotation.ts'

const Rotation = Type.Object({
  resealed: Type.Integer(),
  current: Type.Integer(),
  unreadable: Type.Array(Type.Object({ name: Type.String(), reason: Type.String() })),
  new_key: Type.Boolean()
})

/** `POST /secrets/rotate`: seals every stored secret with the current key, or with a new one where Sluice makes its own. */
const secrets: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/secrets/rotate',
    { schema: { summary: 'Re-encrypts all stored secrets', response: { 200: Rotation } } },
    async (request) => {
      // Their key would be gone when they are read.
      if (await app.credentialKeeper.hasUnstored()) {
        throw new GatewayError(
          503,
          'api_error',
          'Renewed credentials wait in the data folder to be stored: try again when the log no longer says so'
        )
      }
      const { secretKeys, dataDir } = app.config
      const { pool } = app.pg
      const box = app.secretBox
      const isOwn = secretKeys === null
      const rotation = isOwn ? await rotateGeneratedSecretKey(pool, { box, dataDir }) : await rotateSecrets(pool, { box })
      await app.audit(request, 'secrets.rotated', 'secrets', { resealed: rotation.resealed, new_key: isOwn })
      return { ...rotation, new_key: isOwn }
    }
  )
}

export default secrets
