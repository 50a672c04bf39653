/** A file of its write-ahead log, and what it may hold on to between checkpoints. */
const MAX_WAL = '256MB'

/**
 * How the embedded Postgres runs: small, and for this process alone. docs/operations.md tells operators of what matters to
 * them here.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // Nobody but this user reaches it: no TCP, and a socket in a private folder.
  listen_addresses: '',
  unix_socket_permissions: '0700',
  ssl: 'off',
  // What was confirmed outlives a power failure.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '60',
  shared_buffers: '32MB',
  maintenance_work_mem: '32MB',
  max_wal_size: MAX_WAL,
  min_wal_size: '32MB',
  // One writer, one reader: no replicas, no parallel queries, and no processes that wait for such work.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  autovacuum_max_workers: '1',
  autovacuum_worker_slots: '1',
  jit: 'off',
  huge_pages: 'off',
  // In the data folder instead of /dev/shm, which is small in containers and keeps what a kill leaves.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // For our own log: see postgres-log.ts. No statements and no details, since both hold values.
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '%b|',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off'
}

/** Command-line arguments for `postgres`. A socket folder that is relative is so to the folder of the files. */
export function postgresArguments(filesDir: string, socketDir: string): string[] {
  const settings = { ...SETTINGS, unix_socket_directories: quoted(socketDir) }
  return ['-D', filesDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** One entry of a list, in which commas and spaces part entries. */
const quoted = (entry: string) => `"${entry.replaceAll('"', '""')}"`

/** Command-line arguments for `initdb`, which makes a cluster in `filesDir`. */
export function initdbArguments(filesDir: string): string[] {
  const collation = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return ['-D', filesDir, '--username=postgres', '--auth=trust', '--no-instructions', ...collation]
}
