import type { Command } from 'commander'
import { workloadRules } from '../services/resources/workload-rules/definition.ts'
import { resourceCommand } from './resource-commands.ts'

export const workloadRulesCommand = (): Command =>
  resourceCommand(workloadRules, 'Shows and changes which jobs may exchange the tokens they were given, and what they may do')
