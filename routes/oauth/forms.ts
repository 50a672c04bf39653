import type { FastifyInstance } from 'fastify'
import { OAuthError } from '../../services/resources/sign-in/oauth-error.ts'

/** What a form says, each once. Fields that nobody knows are passed over: clients may bring more than we know of. */
export type Form = ReadonlyMap<string, string>

function readForm(body: string): Form {
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body)) {
    if (form.has(name)) throw new OAuthError('invalid_request', `${printable(name)} must be given once`)
    form.set(name, value)
  }
  return form
}

/** What somebody sent, as far as it is repeated. */
const printable = (text: string) => text.replace(/[^\x21-\x7e]/g, '?').slice(0, 50)

/** Has all routes of an instance take forms and nothing else. */
export function takeForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body: string, done) => {
    try {
      done(null, readForm(body))
    } catch (error) {
      done(error as Error)
    }
  })
  app.addContentTypeParser('*', (_request, _body, done) => {
    done(new OAuthError('invalid_request', 'Send a form: application/x-www-form-urlencoded'))
  })
}

/** The form of a request, which may have come without any. */
export const formOf = ({ body }: { body: unknown }): Form => (body instanceof Map ? (body as Form) : new Map<string, string>())

/** Throws `invalid_request` where it is missing. */
export function fieldOf(form: Form, name: string): string {
  const value = form.get(name) ?? ''
  if (value === '') throw new OAuthError('invalid_request', `${name} is missing`)
  return value
}
