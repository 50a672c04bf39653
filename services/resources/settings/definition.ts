import type { Definition } from '../definition.ts'
import { text } from '../field.ts'

/** Settings that operators have changed at run time. */
export const settings = {
  kind: 'setting',
  one: 'a setting',
  plural: 'settings',
  table: 'runtime_settings',
  topic: 'settings',
  known: 'name',
  id: { column: 'name', schema: { type: 'string', pattern: '^[A-Z_]{1,60}$', description: 'the name of a setting' } },
  fields: {
    name: text({}, { meaning: 'as in the environment', required: true, create: 'nobody' }),
    value: text(
      { maxLength: 200, description: 'a text, as in the environment' },
      { meaning: 'what is in force', required: true }
    )
  }
} as const satisfies Definition
