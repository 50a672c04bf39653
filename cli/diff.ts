import { Command } from 'commander'
import { applyFile } from './apply.ts'
import { NegativeAnswer } from './failures.ts'
import { printReport } from './print-report.ts'
import { filePath } from './option-values.ts'

export function diffCommand(): Command {
  return new Command('diff')
    .description('Prints what sluice apply would change; exits with 1 if there is a difference')
    .requiredOption('-f, --file <file>', 'the file, YAML or JSON; - reads standard input', filePath)
    .option('--prune', 'disable what the file does not name', false)
    .option('--json', 'print JSON', false)
    .action(diff)
}

async function diff({ json, ...options }: { file: string; prune: boolean; json: boolean }): Promise<void> {
  const report = await applyFile({ ...options, dryRun: true })
  if (json) console.log(JSON.stringify(report, null, 2))
  else printReport(report, { dryRun: true })
  const differing = report.plan.filter(({ action }) => action !== 'unchanged').length
  if (differing > 0) throw new NegativeAnswer(`the file and the database differ: ${differing} to create or change`)
}
