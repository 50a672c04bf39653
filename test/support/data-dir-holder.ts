import { lockDataDir } from '../../services/platform/database/data-dir-lock.ts'

/** A process that holds the data folder named by its argument until it is killed. */
lockDataDir(process.argv[2] ?? '')
// What the lock hangs on must not be collected as garbage.
globalThis.gc?.()
process.send?.('locked')
setInterval(() => {}, 60_000)
