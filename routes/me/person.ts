import type { FastifyRequest } from 'fastify'
import type { Person } from '../../services/resources/records/sign-in-sessions.ts'

/** Whoever has signed in; for routes behind `requirePerson`. */
export function personOf({ person }: FastifyRequest): Person {
  if (person === null) throw new Error('a route that needs a person is not behind requirePerson')
  return person
}
