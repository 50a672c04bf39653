import type { Command } from 'commander'
import { command } from './operated-rows.ts'
import { filePath } from './option-values.ts'

export function restoreCommand(): Command {
  return command('restore', 'Fills an empty database from a backup; no server may be using it')
    .argument('<file>', 'the backup', filePath)
    .action(async (path: string, { json }: { json: boolean }) => {
      // Loaded only where it is needed.
      const { restore } = await import('./restore-file.ts')
      await restore(path, { json })
    })
}
