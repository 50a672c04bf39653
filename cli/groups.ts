import type { Command } from 'commander'
import { groups } from '../services/resources/groups/definition.ts'
import { resourceCommand } from './resource-commands.ts'

export const groupsCommand = (): Command =>
  resourceCommand(groups, 'Shows and changes groups: what their keys may use, and at what price')
