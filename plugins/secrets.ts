import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { loadOrCreateSecretKeys } from '../services/platform/secret-key-file.ts'
import { createSecretBox, type SecretBox } from '../services/platform/secrets.ts'

declare module 'fastify' {
  interface FastifyInstance {
    secretBox: SecretBox
  }
}

/** The keys that upstream credentials are encrypted with: the operator's, or one made on the first start. */
async function secrets(app: FastifyInstance) {
  const { secretKeys, dataDir } = app.config
  app.decorate('secretBox', createSecretBox(secretKeys ?? loadOrCreateSecretKeys(dataDir)))
}

export default fp(secrets, { name: 'secrets', fastify: '5.x', dependencies: ['config', 'data-dir'] })
