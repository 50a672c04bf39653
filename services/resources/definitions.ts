import type { Definition } from './definition.ts'
import { groups } from './groups/definition.ts'
import { users } from './users/definition.ts'
import { proxies } from './proxies/definition.ts'

/** Every kind of row that has a definition, by what lists of it are called. */
export const DEFINITIONS = { groups, proxies, users } as const satisfies Record<string, Definition>
