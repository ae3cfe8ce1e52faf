/** The environment as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>

export type Expanded =
  | { readonly text: string; readonly used: boolean }
  /** `wanted` is what stands in the text: '${NAME}'. */
  | { readonly wanted: string; readonly sentence: string }

/**
 * Puts the environment's values in place of `${NAME}` in one scalar that is parsed already, so that
 * a value's quotes, colons and line breaks mean nothing. `$${` stands for `${` itself, and what a
 * value brings along is not looked at again.
 */
export function expand(text: string, env: Environment): Expanded {
  if (!text.includes('${')) return { text, used: false }
  let expanded = ''
  let used = false
  let from = 0
  for (;;) {
    const at = text.indexOf('${', from)
    if (at === -1) return { text: expanded + text.slice(from), used }
    if (at > from && text[at - 1] === '$') {
      expanded += `${text.slice(from, at - 1)}\${`
      from = at + 2
      continue
    }
    const [wanted, name] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}/.exec(text.slice(at)) ?? []
    if (wanted === undefined || name === undefined) return notAName(text.slice(at))
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value === undefined) {
      const sentence = `The environment has no ${name}. Set it, or take this setting out.`
      return { wanted, sentence }
    }
    expanded += text.slice(from, at) + value
    used = true
    from = at + wanted.length
  }
}

function notAName(rest: string): Expanded {
  const wanted = /^\$\{[^}\n]{0,40}\}?/.exec(rest)?.[0] ?? '${'
  const sentence = `${wanted} names no variable of the environment. Write \${NAME}, or $\${ for the signs themselves.`
  return { wanted, sentence }
}
