import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { fileProblem } from '../services/platform/file-problem.ts'
import { hostRulesOf } from '../services/platform/network/host-rules.ts'
import { keepCreatedKeys } from '../services/resources/set-up/created-keys.ts'
import { provisionFirstStart } from '../services/resources/set-up/provisioning.ts'
import { inTransaction } from '../services/platform/database/queryable.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The account that this start made of ANTHROPIC_API_KEY; null where it made none. */
    firstAccount: string | null
  }
}

export interface DeclaredStateOptions {
  /** Shows the operator what a log must not hold: keys that were just made, and the file that keeps them. */
  showKey: (message: string) => void
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`SLUICE_CONFIG names ${file}, which cannot be read: ${fileProblem(cause)}`, { cause })
  }
}

/** Brings the database to what the operator declared, before anybody can ask: the declarative file, or a first start's key. */
async function declaredState(app: FastifyInstance, { showKey }: DeclaredStateOptions) {
  const { configFile, anthropicApiKey, dataDir } = app.config
  const { secretBox, clock } = app
  const { pool } = app.pg

  if (configFile !== null) {
    // What reads it takes long to load.
    const { parseDeclarativeFile } = await import('../services/resources/set-up/declarative-file.ts')
    const { applyWithin } = await import('../services/resources/set-up/apply.ts')
    const desired = parseDeclarativeFile(await readConfig(configFile), { fileName: configFile, variables: process.env })
    const { plan, createdKeys, keyFile } = await inTransaction(pool, async (client) => {
      const result = await applyWithin(client, desired, {
        secretBox,
        clock,
        hosts: hostRulesOf(app.config),
        audit: { actor: 'config', origin: null }
      })
      // Before the commit: a key that exists must be known to somebody.
      return { ...result, keyFile: await keepCreatedKeys(dataDir, result.createdKeys) }
    })
    for (const warning of plan.warnings) app.log.warn(warning)
    const changed = plan.steps.filter((step) => step.action !== 'unchanged')
    app.log.info(
      { changed: changed.map(({ action, kind, name }) => `${action} ${kind} ${name}`) },
      'the declarative file is applied'
    )
    for (const { email, name, key } of createdKeys) showKey(`New client key of ${email}, ${name}: ${key} (kept in ${keyFile})`)
    if (keyFile !== null) app.log.info({ keyFile, keys: createdKeys.length }, 'client keys were generated')
  }

  if (anthropicApiKey !== null) {
    const first = await provisionFirstStart(pool, { anthropicApiKey, dataDir, secretBox, clock })
    app.decorate('firstAccount', first?.account ?? null)
    if (first === null) return
    const { email, key, keyFile, openingBalanceUsd } = first
    app.log.info(
      { email, keyFile, openingBalanceUsd },
      'first start: an account, a group, a user and a client key were created'
    )
    showKey(`Client key of ${email}: ${key} (kept in ${keyFile}; balance ${openingBalanceUsd} USD)`)
  } else {
    app.decorate('firstAccount', null)
  }
}

export default fp(declaredState, { name: 'declared-state', fastify: '5.x', dependencies: ['config', 'database', 'secrets'] })
