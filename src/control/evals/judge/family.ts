/** What the catalog says of a model; null where it says nothing. */
export type AuthorOf = (model: string) => string | null

/** 'provider/model' of what a name stands for: a task has several. */
export type ModelsOf = (name: string) => readonly string[]

/**
 * Why these judges may not grade these models: nobody grades its own family, whose words it prefers. Null where
 * they may. Where the catalog knows no author, the same model is refused, and others are let be.
 */
export function familyFault(
  judges: readonly string[],
  graded: readonly string[],
  authorOf: AuthorOf,
  modelsOf: ModelsOf,
): string | null {
  for (const judge of judges)
    for (const judging of modelsOf(judge))
      for (const name of graded)
        for (const model of modelsOf(name)) {
          if (judging === model)
            return `${judging} would judge its own answers. Name another judge, of another family.`
          const author = authorOf(judging)
          if (author !== null && author === authorOf(model))
            return `${judging} would judge the answers of ${model}, and both are by ${author}: a judge prefers its own family. Name a judge of another one.`
        }
  return null
}
