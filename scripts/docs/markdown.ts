/** Pieces of Markdown that every page of the reference is made of. */

export interface Page {
  /** In docs/reference/. */
  readonly name: string
  readonly title: string
  /** Blocks, with an empty line between them. */
  readonly blocks: readonly string[]
}

export function pageText({ title, blocks }: Page): string {
  const origin =
    '<!-- Written from the code by scripts/docs.ts: change the code, then run npm run docs. -->'
  return `${[origin, `# ${title}`, ...blocks].join('\n\n')}\n`
}

/** Cells may hold any text; a bar or a line break in one would end it. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`
  return [line(titles), `|${titles.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

/** Text as code, also when it holds a backtick. */
export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`'
  return `${fence}${text}${fence}`
}

export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

/** 'a, b and c' */
export function joined(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
