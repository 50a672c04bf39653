import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyHelmetOptions } from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { notFound } from '../services/platform/request-errors.ts'
import { consoleBase } from '../services/resources/sign-in/console-paths.ts'

const BUILT = fileURLToPath(new URL('../console/dist/', import.meta.url))

const NOT_BUILT = 'The console is not built: run `npm run build` in the folder of Sluice and start it again.\n'

/** Nothing inline and nothing from elsewhere; styles that components make at run time carry the page's nonce. */
const BROWSER_RULES: FastifyHelmetOptions = {
  enableCSPNonces: true,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"]
    }
  },
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' }
}

/**
 * The web console: one page for whatever path is below `/console/`, and the files that it is made of. These have a hash of their content
 * in their names and are kept for good; the page never is, so that it names the files of the version that runs.
 */
export default async function consolePages(app: FastifyInstance) {
  const base = consoleBase(app.config.publicUrl)

  app.setNotFoundHandler(async (request) => {
    throw notFound(request)
  })
  if (existsSync(`${BUILT}assets`)) {
    await app.register(fastifyStatic, {
      root: `${BUILT}assets`,
      prefix: '/assets/',
      index: false,
      decorateReply: false,
      immutable: true,
      maxAge: '1y',
      preCompressed: true
    })
  }

  app.get('', async (_request, reply) => await reply.redirect(base))

  app.get<{ Params: { '*': string } }>('/*', { helmet: BROWSER_RULES }, async (request, reply) => {
    if (request.params['*'].startsWith('assets/')) throw notFound(request)
    const page = await readFile(`${BUILT}index.html`, 'utf8').catch(() => null)
    void reply.header('cache-control', 'no-store')
    if (page === null) return await reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
    return await reply
      .type('text/html; charset=utf-8')
      .send(page.replaceAll('%BASE%', base).replaceAll('%NONCE%', reply.cspNonce.style))
  })
}
