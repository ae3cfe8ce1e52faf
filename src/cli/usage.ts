import { grouped } from './print.ts'

/** Kinds of tokens as /api names them, by the side that they are on. */
export const inputKinds: readonly string[] = [
  'input',
  'cache_read',
  'cache_write',
  'cache_write_1h',
  'audio_in',
  'image_in',
]
export const outputKinds: readonly string[] = ['output', 'reasoning', 'audio_out', 'image_out']

/** '3 images, 1,200 characters'; '' where there are none. */
export function unitText(units: Readonly<Record<string, number>> | null): string {
  return Object.entries(units ?? {})
    .flatMap(([unit, count]) => (count > 0 ? [`${grouped(count)} ${unit}`] : []))
    .join(', ')
}
