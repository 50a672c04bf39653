/** What does these things for a Postgres. */
export const BACKUP_OF_POSTGRES =
  'the database is a Postgres, which has its own: pg_dump --format=custom --file=FILE "$DATABASE_URL"'
export const RESTORE_OF_POSTGRES =
  'the database is a Postgres, which has its own, with no server running: pg_restore --clean --if-exists --no-owner --dbname="$DATABASE_URL" FILE'
