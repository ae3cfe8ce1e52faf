type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy through which an address is asked, as the environment says; null: directly. An address of
 * this machine is always asked directly: the simulator is at one, and a proxy would look for it at home.
 */
export function proxyFor({ protocol, hostname, host, port }: URL, env: Environment): URL | null {
  if (isOwn(hostname)) return null
  const named = settingOf(env, protocol === 'https:' ? 'https_proxy' : 'http_proxy')
  if (named === null) return null
  const address = port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
  for (const item of (settingOf(env, 'no_proxy') ?? '').split(',')) {
    const rule = item.trim().toLowerCase()
    if (rule === '*' || rule === address) return null
    const domain = rule.replace(/^\*?\./, '')
    if (domain !== '' && (hostname === domain || hostname.endsWith(`.${domain}`))) return null
  }
  return new URL(named.includes('://') ? named : `http://${named}`)
}

function isOwn(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
}

/** The lower-case name comes first, as everywhere. */
function settingOf(env: Environment, name: string): string | null {
  const value = env[name] || env[name.toUpperCase()]
  return value === undefined || value === '' ? null : value
}
