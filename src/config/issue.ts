/** Something in the configuration that is wrong, where it stands, and what to write instead. */
export interface ConfigIssue {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units as editors count them. */
  readonly column: number
  /** 'tasks.support.models[1]'; empty for what concerns the whole file. */
  readonly path: string
  readonly sentence: string
}

/** Something wrong, before it is known in which line it stands. */
export interface Finding {
  readonly path: Path
  readonly sentence: string
  /** Where to point: at the value, at the setting's name, or at an offset into the text. */
  readonly at: 'value' | 'name' | number
}

/** Names of settings, and places in lists, from the root. */
export type Path = readonly (string | number)[]

/** 'tasks.support.models[1]', 'prices["acme/v1.5"].input'. */
export function pathText(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (!/^[\w/:@-]+$/.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** 'freehold.yaml:12:5: tasks.support.models[1] names no ...', for a terminal. */
export function issueText(file: string, { line, column, sentence }: ConfigIssue): string {
  return `${file}:${line}:${column}: ${sentence}`
}
