/** What health and times know a stop by: a mode may be full, or slow, while the model is neither. */
export function placeName({ provider, model, mode }: Named): string {
  return modeName(`${provider.id}/${model}`, mode ?? null)
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
