import type { Timeouts } from '../gateway/pipeline/snapshot.ts'

type Written = { readonly [Clock in keyof Timeouts]?: number | undefined }

/** The clocks that are set, and no others. Milliseconds. */
export function definedOf(written: Written | undefined): Partial<Timeouts> {
  const set = Object.entries(written ?? {}).filter(([, ms]) => ms !== undefined)
  return Object.fromEntries(set) as Partial<Timeouts>
}
