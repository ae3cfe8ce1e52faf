/**
 * Other spellings under which a model may stand in the catalog, in the order to try. Only spellings
 * that name the same model at every seller that has them: what a dated snapshot or a `-latest` name
 * stands for is a fact about one seller, and stands with the model in its data file.
 */
export function spellings(id: string): readonly string[] {
  const others: string[] = []
  // Gemini's own API lists and takes its models under 'models/'.
  if (id.startsWith('models/')) others.push(id.slice('models/'.length))
  // 'zai-org--GLM-5.2' stands for 'zai-org/GLM-5.2' where a slash would cut a path in two.
  if (id.includes('--')) others.push(id.replace('--', '/'))
  return others
}

/** The entry whose price another model has, without being that model; null when it is nobody's. */
export function pricedAs(id: string): string | null {
  // 'ft:gpt-4o-mini-2024-07-18:acme::8xK2' is a fine-tune: it costs what 'ft:' of its base costs,
  // never what the base does. A fine-tune of a base without such an entry stays unknown.
  const tuned = /^ft:[^:]+(?=:)/.exec(id)
  if (tuned) return tuned[0]
  // The simulator's models that play a fault speak, and cost, as its echo does.
  return id.startsWith('fault/') ? 'echo' : null
}
