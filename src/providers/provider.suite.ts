import { describe, expect, test } from 'bun:test'
import { errorClasses, type Provider } from './provider.ts'

/** What every provider owes. */
export function providerSuite(provider: Provider): void {
  describe(provider.id, () => {
    test('has a name that can stand before a slash', () => {
      expect(provider.id).toMatch(/^[a-z][a-z0-9-]*$/)
    })

    test('says where it listens, or lets the configuration say', () => {
      if (provider.baseUrl === null) return
      const url = new URL(provider.baseUrl)
      expect(provider.baseUrl).not.toMatch(/\/$|\?|#/)
      if (provider.kind !== 'engine') expect(url.protocol).toBe('https:')
    })

    test('says how it is signed', () => {
      if (provider.keyOptional !== true) expect(provider.keyNames.length).toBeGreaterThan(0)
      for (const name of provider.keyNames) expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/)
    })

    test('has a door for what it offers', () => {
      const doors = Object.values(provider.doors).flat()
      expect(doors.length).toBeGreaterThan(0)
      for (const [operation, offered] of Object.entries(provider.doors)) {
        for (const { dialect } of offered) expect(dialect.operation).toBe(operation as 'chat')
      }
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
