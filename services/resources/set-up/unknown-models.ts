import { isSameModel } from '../../money/prices/model-ids.ts'
import type { Values } from '../definition.ts'
import { meantInstead } from './nearest-name.ts'

/**
 * Which model names may be misspelt, one sentence each: they are not among the `known` ones. They are not refused, since a model
 * may be named before it exists.
 */
export function unknownModels(named: readonly string[], known: readonly string[]): string[] {
  return [...new Set(named)]
    .filter((model) => !known.some((id) => isSameModel(id, model)))
    .map((model) => `no price and no account names a model ${model}${meantInstead(model, known)}`)
}

/** The model names used by an account or a group. */
export function modelsOf({ model_mapping: mapping, accept }: Values): string[] {
  return [...Object.entries((mapping ?? {}) as Record<string, string>).flat(), ...((accept ?? []) as string[])]
}
