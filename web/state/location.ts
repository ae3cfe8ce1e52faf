import { useCallback } from 'react'
import { Box, useBox } from './store.ts'

/** The address bar holds what is shown: whoever gets a link sees the same. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

const place = new Box<Place>(read())
addEventListener('popstate', () => place.put(read()))

export function usePlace(): Place {
  return useBox(place)
}

/** @param to  a path with its query */
export function go(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else {
    history.pushState(null, '', to)
    if (new URL(to, location.href).pathname !== place.value.path) scrollTo(0, 0)
  }
  place.put(read())
}

export type ParamChange = Readonly<Record<string, string | null>>

/** The place as it is now with other parameters; null takes one away. */
export function withParams(change: ParamChange, path?: string): string {
  const query = new URLSearchParams(path === undefined ? location.search : keptParams())
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  return (path ?? location.pathname) + (text === '' ? '' : `?${text}`)
}

/** A parameter of the address, and how to change it. Typing does not fill the history. */
export function useParam(name: string): readonly [string | null, (value: string | null) => void] {
  const { query } = usePlace()
  const put = useCallback(
    (value: string | null) => go(withParams({ [name]: value }), { replace: true }),
    [name],
  )
  return [query.get(name), put]
}

/** The path of another page, with the time range as it is. */
export function pathTo(path: string, params: ParamChange = {}): string {
  return withParams(params, path)
}

/** What goes along from page to page. */
function keptParams(): URLSearchParams {
  const now = new URLSearchParams(location.search)
  const kept = new URLSearchParams()
  for (const name of ['range', 'from', 'to', 'compare']) {
    const value = now.get(name)
    if (value !== null) kept.set(name, value)
  }
  return kept
}

function read(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) }
}
