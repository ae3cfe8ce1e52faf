import { pathText, type Finding, type Path } from './issue.ts'

/** What is wrong with a configuration, and what is only odd. */
export class Report {
  readonly findings: Finding[] = []
  readonly warnings: string[] = []

  /** @param sentence  goes on after the setting's name: 'names no provider.' */
  wrong(path: Path, sentence: string, at: Finding['at'] = 'value'): void {
    this.findings.push({ path, sentence: `${pathText(path)} ${sentence}`, at })
  }

  warn(path: Path, sentence: string): void {
    this.warnings.push(`${pathText(path)} ${sentence}`)
  }
}
