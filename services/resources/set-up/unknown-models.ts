import { isSameModel } from '../../money/prices/model-ids.ts'
import type { Values } from '../definition.ts'
import { meantInstead } from './nearest-name.ts'

/**
 * Why some of the models that are named may be misspelt, a sentence each: nothing that is `known` is called so. They are not refused,
 * since a model may be named before it is there.
 */
export function unknownModels(named: readonly string[], known: readonly string[]): string[] {
  return [...new Set(named)]
    .filter((model) => !known.some((id) => isSameModel(id, model)))
    .map((model) => `no price and no account names a model ${model}${meantInstead(model, known)}`)
}

/** What an account or a group calls models. */
export function modelsOf({ model_mapping: mapping, accept }: Values): string[] {
  return [...Object.entries((mapping ?? {}) as Record<string, string>).flat(), ...((accept ?? []) as string[])]
}
