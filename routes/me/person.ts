import type { FastifyRequest } from 'fastify'
import type { UserPerson } from '../../services/resources/records/sign-in-sessions.ts'

/** Whoever has signed in; for routes behind `requireUser`. */
export function personOf({ person }: FastifyRequest): UserPerson {
  if (person === null || person.userId === null) throw new Error('a route that needs a person is not behind requireUser')
  return { userId: person.userId, email: person.name, role: person.role }
}
