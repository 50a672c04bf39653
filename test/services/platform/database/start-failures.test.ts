import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskFull, explainStartFailure, type StartFailure } from '../../../../services/platform/database/start-failures.ts'

const failure = (change: Partial<StartFailure>): StartFailure => ({
  program: 'unshare',
  lines: [],
  how: 'exit code 1',
  code: 1,
  error: null,
  ...change
})
const noSuchFile = (program: string) =>
  failure({ program, how: `spawn ${program} ENOENT`, code: null, error: Object.assign(new Error(), { code: 'ENOENT' }) })

const SENTENCES: [name: string, failure: StartFailure, sentence: RegExp][] = [
  [
    'root in a container that forbids user namespaces',
    failure({ lines: ['unshare: unshare failed: Operation not permitted'] }),
    /^Postgres does not run as root, .*\(unshare: unshare failed: Operation not permitted\): run Sluice as another user, or set DATABASE_URL$/
  ],
  [
    'root where unshare knows no other user',
    failure({ lines: ["unshare: unrecognized option '--map-user=1000'", "Try 'unshare --help' for more information."] }),
    /^Postgres does not run as root, .*: run Sluice as another user, or set DATABASE_URL$/
  ],
  ['root without unshare', noSuchFile('unshare'), /^Postgres does not run as root, .*\(spawn unshare ENOENT\)/],
  ['musl', noSuchFile('/app/postgres'), /does not run on this system \(spawn \/app\/postgres ENOENT\): set DATABASE_URL/],
  [
    'musl, as root',
    failure({
      code: 127,
      how: 'exit code 127',
      lines: ['unshare: failed to execute /app/postgres: No such file or directory']
    }),
    /does not run on this system \(unshare: failed to execute .*\): set DATABASE_URL/
  ],
  [
    'libraries that are missing',
    failure({
      code: 127,
      lines: ['postgres: error while loading shared libraries: libz.so.1: cannot open shared object file']
    }),
    /does not run on this system \(.*libz\.so\.1: .*\): set DATABASE_URL/
  ],
  [
    'a full disk at the first start',
    failure({ lines: ['initdb: error: could not write file "/data/database.draft/PG_VERSION": No space left on device'] }),
    /^There is no room on the disk for the database in \/data\/database: free some, or set DATA_DIR/
  ],
  [
    'a full disk at a later start',
    failure({ lines: ['postmaster|FATAL:  could not write lock file "postmaster.pid": No space left on device'] }),
    /^There is no room on the disk for the database in \/data\/database: free some/
  ],
  [
    'a quota',
    failure({ lines: ['initdb: error: could not extend file: Disk quota exceeded'] }),
    /^There is no room on the disk/
  ],
  [
    'anything else, by its first complaint',
    failure({
      lines: [
        'postmaster|LOG:  starting',
        'postmaster|FATAL:  something is odd',
        'postmaster|LOG:  database system is shut down'
      ]
    }),
    /^The embedded database in \/data\/database cannot be started: something is odd$/
  ],
  [
    'anything else that has no level',
    failure({ lines: ['one', 'two'] }),
    /^The embedded database in \/data\/database cannot be started: two$/
  ],
  [
    'silence',
    failure({ how: 'signal SIGKILL', code: null }),
    /^The embedded database in \/data\/database cannot be started: signal SIGKILL$/
  ]
]

for (const [name, given, sentence] of SENTENCES) {
  test(`a start fails for ${name}`, () => {
    const { message } = explainStartFailure('/data/database', given)
    assert.match(message, sentence)
    assert.equal(message.includes('\n'), false)
  })
}

test('a disk that is full before Postgres writes to it is told of in the same way', () => {
  assert.equal(
    diskFull('/data/database').message,
    explainStartFailure('/data/database', failure({ lines: ['No space left on device'] })).message
  )
})
