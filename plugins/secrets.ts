import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { loadOrCreateSecretKeys, readSecretKeys } from '../services/platform/secret-key-file.ts'
import { createSecretBox, type SecretBox } from '../services/platform/secrets.ts'

declare module 'fastify' {
  interface FastifyInstance {
    secretBox: SecretBox
  }
}

/**
 * The keys that upstream credentials are encrypted with: the operator's, or one that is made for the first of them. Not sooner: where the
 * database has credentials and its key is not here yet, as after a restore, a new key would only look like theirs.
 */
async function secrets(app: FastifyInstance) {
  const { secretKeys, dataDir } = app.config
  const keys = secretKeys ?? readSecretKeys(dataDir) ?? []
  app.decorate('secretBox', createSecretBox(keys, secretKeys === null ? () => loadOrCreateSecretKeys(dataDir)[0]! : undefined))
}

export default fp(secrets, { name: 'secrets', fastify: '5.x', dependencies: ['config', 'data-dir'] })
