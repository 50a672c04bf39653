import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'
import { buildApp } from '../../app.ts'
import { makeTemporaryDataDir } from '../../cli/temporary-data-dir.ts'
import { createLogger } from '../../services/platform/logger.ts'
import { readSettings } from '../../services/resources/set-up/settings.ts'

// `npm run console:client`: writes the console's types of the API, from the document that the server makes of its own schemas.

export const TYPES = fileURLToPath(new URL('../api/schema.ts', import.meta.url))

/** The types, as text, of an OpenAPI document. All refusals have one shape, which `default` tells once. */
export async function typesOf(document: OpenAPI3): Promise<string> {
  const paths = structuredClone(document.paths) as Record<string, Record<string, { responses?: Record<string, unknown> }>>
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path))) {
    for (const status of Object.keys(operation.responses ?? {})) {
      if (/^[45]/.test(status)) delete operation.responses?.[status]
    }
  }
  const nodes = await openapiTS({ ...document, paths }, { alphabetize: true, defaultNonNullable: false })
  return `// Made by \`npm run console:client\` of the API's own document. Not for changing by hand.\n\n${astToString(nodes)}`
}

async function documentOfApp(): Promise<OpenAPI3> {
  const { path, remove } = await makeTemporaryDataDir('command')
  try {
    const settings = readSettings({
      DATA_DIR: path,
      HOST: '127.0.0.1',
      OIDC_ISSUER: 'https://id.example.com',
      OIDC_CLIENT_ID: 'sluice',
      OIDC_REDIRECT_URL: 'https://sluice.example.com/me/v1/oidc/callback'
    })
    const app = await buildApp({ settings, logger: createLogger('fatal'), serves: false })
    try {
      const headers = { authorization: `Bearer ${app.localAdminToken}` }
      return (await app.inject({ url: '/admin/v1/openapi.json', headers })).json()
    } finally {
      await app.close()
    }
  } finally {
    await remove()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TYPES, await typesOf(await documentOfApp()))
