import type { Provider } from './provider.ts'

/** What the environment says of a provider: its key, and where it listens when that is one's own. */
type Environment = Readonly<Record<string, string | undefined>>

/** The first key that is set, and the name under which it was found; null when none is. */
export function keyFrom(
  { keyNames, keyParts }: Provider,
  env: Environment,
): { readonly name: string; readonly text: string } | null {
  const name = keyNames.find((one) => valueOf(one, env) !== '')
  if (name !== undefined) return { name, text: valueOf(name, env) }
  if (keyParts === undefined) return null
  const { needed, optional } = keyParts
  if (needed.some((one) => valueOf(one, env) === '')) return null
  const parts = [...needed, ...optional].map((one) => valueOf(one, env))
  return { name: needed.join(' with '), text: parts.filter((part) => part !== '').join(':') }
}

/** Every way in which the environment could name a key, for sentences. */
export function keyWays({ keyNames, keyParts }: Provider): readonly string[] {
  return keyParts === undefined ? keyNames : [...keyNames, keyParts.needed.join(' with ')]
}

const placeholder = /\$\{(\w+)\}/g

/** The base URL with the environment's values in it; what is missing makes it null. */
export function baseUrlFrom({ baseUrl }: Provider, env: Environment): string | null {
  if (baseUrl === null || addressNames(baseUrl).some((name) => valueOf(name, env) === ''))
    return null
  return baseUrl.replaceAll(placeholder, (_, name: string) =>
    valueOf(name, env).replace(/\/+$/, ''),
  )
}

/** Names that the environment has to have for this base URL. */
export function addressNames(baseUrl: string | null): readonly string[] {
  return [...(baseUrl ?? '').matchAll(placeholder)].map((match) => match[1]!)
}

function valueOf(name: string, env: Environment): string {
  return env[name]?.trim() ?? ''
}
