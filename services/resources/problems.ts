import type { Path } from '../set-up/yaml-source.ts'

export interface FieldProblem {
  path: Path
  /** The rest of a sentence that begins with the field's name. */
  text: string
  /** The problem is with the name of the field rather than with its value. */
  isName?: boolean
  /** Where other problems only follow from this one; the field itself when left out. */
  covers?: Path
}

/** An entry of a file, or the body of a request, and where it is. */
export interface Item {
  path: Path
  value: Record<string, unknown>
}

export function mappingProblems({ path, value }: Item): FieldProblem[] {
  const mapping = value['model_mapping']
  return Object.keys(typeof mapping === 'object' && mapping !== null && !Array.isArray(mapping) ? mapping : {})
    .filter((model) => !/^[^\s\p{Cc}]{1,200}$/u.test(model))
    .map((model) => ({ path: [...path, 'model_mapping', model], text: 'is not the name of a model' }))
}
