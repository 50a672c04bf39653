import { DatabaseError } from 'pg'
import { wordsOf } from '../error-words.ts'

/** Why there is no connection, as what is said of the database: a server that answers is not out of reach. */
export const connectionProblem = (error: unknown): string =>
  `${error instanceof DatabaseError ? 'refuses the connection' : 'cannot be reached'}: ${wordsOf(error)}`
