import { describe, expect, test } from 'bun:test'
import { addressNames, baseUrlFrom } from './environment.ts'
import { errorClasses, type Provider } from './provider.ts'

/** What every provider owes. */
export function providerSuite(provider: Provider): void {
  describe(provider.id, () => {
    test('has a name that can stand before a slash', () => {
      expect(provider.id).toMatch(/^[a-z][a-z0-9-]*$/)
    })

    test('says where it listens, or lets the configuration say', () => {
      if (provider.baseUrl === null) return
      const named = Object.fromEntries(
        addressNames(provider.baseUrl).map((name) => [
          name,
          name.endsWith('ENDPOINT') ? 'https://x.example' : 'x-1',
        ]),
      )
      const url = new URL(baseUrlFrom(provider, named)!)
      expect(provider.baseUrl).not.toMatch(/\/$|\?|#/)
      if (provider.kind !== 'engine') expect(url.protocol).toBe('https:')
    })

    test('says how it is signed', () => {
      if (provider.keyOptional !== true) expect(provider.keyNames.length).toBeGreaterThan(0)
      const { needed = [], optional = [] } = provider.keyParts ?? {}
      for (const name of [...provider.keyNames, ...needed, ...optional])
        expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/)
    })

    test('has a door for what it offers', () => {
      const doors = Object.values(provider.doors).flat()
      expect(doors.length).toBeGreaterThan(0)
      for (const [operation, offered] of Object.entries(provider.doors)) {
        for (const { dialect } of offered) expect(dialect.operation).toBe(operation as 'chat')
      }
    })

    test('sends no conversation by a door that takes prompts alone', () => {
      expect(provider.doors.chat?.[0]?.dialect.id).not.toBe('openai-completions')
    })

    test('passes on no header that would carry a credential', () => {
      const names = [...(provider.passHeaders ?? []), ...Object.keys(provider.headers ?? {})]
      for (const name of names)
        expect(name).not.toMatch(/^(authorization|x-api-key|x-goog-api-key|cookie|host)$/)
      for (const name of names) expect(name).toBe(name.toLowerCase())
    })

    test('classifies by rules that say something', () => {
      for (const rule of provider.errors ?? []) {
        expect(errorClasses).toContain(rule.class)
        expect(rule.status ?? rule.codes ?? rule.message).toBeDefined()
      }
    })

    test('says where its facts come from', () => {
      expect(provider.source.length).toBeGreaterThan(5)
    })
  })
}
