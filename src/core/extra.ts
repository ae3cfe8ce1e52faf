/** Fields that a dialect does not know, by their names: passed on rather than dropped. */
export type Extra = Readonly<Record<string, unknown>>

export const noExtra: Extra = {}

/** A file of a form, by the name of its field. */
export interface FormFile {
  readonly field: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}
