import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { NamedError } from '../../platform/named-error.ts'

export class BackupFileError extends NamedError {}

/** As COPY marks it. No row is like it, since COPY writes a backslash as two. */
export const END_OF_ROWS = '\\.\n'

const Migration = Type.Object({
  name: Type.String({ pattern: '^\\d{4}-[a-z0-9-]+\\.sql$' }),
  checksum: Type.String(),
  /** RFC 3339, UTC: since when what it brought was counted. */
  applied_at: Type.String()
})

/** The first line of a backup. */
const Header = Type.Object({
  format: Type.Literal('sluice-backup'),
  version: Type.Literal(2),
  /** RFC 3339, UTC: what was committed by then is in it. */
  created_at: Type.String(),
  /** Of the server that it was taken from, such as `18.1`. */
  postgres: Type.String(),
  /** All that had been applied, in order. */
  migrations: Type.Array(Migration, { minItems: 1 })
})
export type BackupHeader = Static<typeof Header>

/** The line before the rows of a table. */
const Table = Type.Object({
  table: Type.String({ minLength: 1 }),
  columns: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
  /** When the partitions begin that it had, RFC 3339, UTC. */
  partitions: Type.Optional(Type.Array(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT00:00:00\\.000Z$' }))),
  /** The next value that an identity column will be given by itself, by column. */
  next_ids: Type.Optional(Type.Record(Type.String(), Type.String({ pattern: '^\\d{1,19}$' })))
})
export type BackupTable = Static<typeof Table>

/** The last line: the SHA-256 of all before it, in hex. */
const End = Type.Object({ sha256: Type.String() })
export type BackupEnd = Static<typeof End>

export const isHeader = (line: unknown): line is BackupHeader => Value.Check(Header, line)
export const isTable = (line: unknown): line is BackupTable => Value.Check(Table, line)
export const isEnd = (line: unknown): line is BackupEnd => Value.Check(End, line)
