import { NamedError } from '../named-error.ts'

/** Why the embedded database is not to be had, in a sentence that says what to do. */
export class EmbeddedDatabaseError extends NamedError {}
