/** What health and times know a stop by: a mode may be full, or slow, while the model is neither. */
export function placeName({ provider, model, mode }: Named): string {
  return modeName(modelName(provider, model), mode ?? null)
}

interface Named {
  readonly provider: { readonly id: string }
  readonly model: string
  /** In which mode of service it is asked; absent: as everybody asks. */
  readonly mode?: string
}

/** @param model  'provider/model' */
export function modeName(model: string, mode: string | null): string {
  return mode === null ? model : `${model}#${mode}`
}

/** Models are made up by callers: beyond this, those of a provider are named anew. */
const namesMax = 1_000
const names = new WeakMap<object, Map<string, string>>()

/** 'provider/model', which each call says some ten times: one text for all of them. */
export function modelName(provider: { readonly id: string }, model: string): string {
  let known = names.get(provider)
  if (known === undefined) names.set(provider, (known = new Map()))
  let name = known.get(model)
  if (name === undefined) {
    name = `${provider.id}/${model}`
    if (known.size >= namesMax) known.clear()
    known.set(model, name)
  }
  return name
}
