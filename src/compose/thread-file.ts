/**
 * Where a thread or a process of ours begins: its source, or in a built copy what was built of it. Code
 * that is shared lies in a built copy where this file lies among the sources: see `bin/build.ts`.
 */
export function threadFile(name: 'ledger' | 'serving' | 'verify' | 'study' | 'grade'): URL {
  return beside(`../threads/${name}`)
}

/** The simulator as a thread of this process. */
export function simulatorFile(): URL {
  return beside('../../simulator/worker')
}

/** Bundles the dashboard of its sources, wherever this is run from. */
export function bundlerFile(): URL {
  const { url } = import.meta
  return new URL(`${url.endsWith('.ts') ? '..' : '../../../src'}/threads/bundle.ts`, url)
}

function beside(path: string): URL {
  const { url } = import.meta
  return new URL(path + url.slice(url.lastIndexOf('.')), url)
}
