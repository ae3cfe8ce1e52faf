import type { RoutedTask } from './settings.ts'

/** What to type for a policy that holds again. */
export function renewal({ name, models, routing }: RoutedTask): string {
  if (routing !== null && routing.evals !== null) return proofCommand(name)
  const quality = routing?.guarantee?.quality ?? routing?.fitted?.facts.quality ?? 0.95
  return `freehold route calibrate --table TABLE --cheap ${models.slice(0, -1).join(',')} --strong ${models.at(-1)} --quality ${quality} --out ${routing?.path ?? 'policy.json'}`
}

/** What to type to prove what a task promises with the evaluation that it names. */
export function proofCommand(task: string): string {
  const word = /^[\w./:@%+-]+$/.test(task) ? task : `'${task.replaceAll("'", String.raw`'\''`)}'`
  return `freehold route calibrate --task ${word}`
}
