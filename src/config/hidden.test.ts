import { expect, test } from 'bun:test'
import { withoutSecrets, withSecrets } from './hidden.ts'

const text = `providers:
  acme: { api_key: sk-very-secret-1, base_url: "http://acme.example" } # its key
  other:
    api_keys: ["sk-two-a", '\${OTHER_KEY}', sk-two-b]
    headers: { x-team: "blue" }
  third: { api_key: "\${THIRD_KEY}" }
alarms: { webhook: https://hooks.example/T0/secret }
keys:
  - id: web
    secret: >-
      web-secret-
      0123456789
    tasks: [hello]
`

test('keys that are written out stay here, and what is edited gets them back', () => {
  const shown = withoutSecrets(text)
  for (const secret of ['sk-very', 'sk-two', 'hooks.example', 'blue', '0123456789'])
    expect(shown).not.toContain(secret)
  expect(shown).toContain("api_keys: [(hidden-2), '${OTHER_KEY}', (hidden-3)]")
  expect(shown).toContain('api_key: "${THIRD_KEY}"')
  expect(shown).toContain('# its key')
  expect(withSecrets(shown, text)).toBe(text)
  const edited = shown.replace('acme.example', 'acme.test').replace('(hidden-2), ', '')
  expect(withSecrets(edited, text)).toContain(
    '{ api_key: sk-very-secret-1, base_url: "http://acme.test" }',
  )
  expect(withSecrets(edited, text)).not.toContain('sk-two-a')
})

test('a mark that hides nothing is refused', () => {
  expect(() => withSecrets('keys: [{ id: web, secret: (hidden-9) }]', text)).toThrow(
    '(hidden-9) stands for nothing in the file',
  )
})

test('keys that are commented out, or stand elsewhere under a name, are hidden as well', () => {
  const named = `x-keys: [&acme sk-named-1, &other { api_key: sk-named-2 }]
providers:
  acme: { api_key: *acme } # the key of acme
  other: *other
  birch:
    # api_key: sk-commented-3
    api_keys: [*acme, sk-four-4] # before that secret: sk-commented-5
`
  const shown = withoutSecrets(named)
  expect(shown).not.toMatch(/sk-/)
  expect(shown).toContain('# the key of acme')
  expect(shown).toContain('api_key: *acme')
  expect(withSecrets(shown, named)).toBe(named)
})

test('a mark is put nowhere where what it hides would be shown at the next look', () => {
  const shown = withoutSecrets(text)
  const moved = shown.replace('base_url: "http://acme.example"', 'base_url: (hidden-1)')
  expect(() => withSecrets(moved, text)).toThrow('(hidden-1) stands where its key would be shown')
  const copied = shown.replace('api_key: "${THIRD_KEY}"', 'api_key: (hidden-1)')
  expect(withSecrets(copied, text)).toContain('third: { api_key: sk-very-secret-1 }')
})

test('what is no YAML hides its keys all the same', () => {
  const broken = 'providers: {\n  acme: { api_key: sk-very-secret-1 }\n  [\nkeys:\n - secret: "abc'
  const shown = withoutSecrets(broken)
  expect(shown).not.toContain('sk-very')
  expect(shown).not.toContain('abc')
  expect(withSecrets(shown, broken)).toBe(broken)
})

test('what is no YAML, or commented out, hides keys that stand in lines of their own', () => {
  const broken = `providers:
  acme:
    api_keys: # two
      # the old one: sk-very-0
      - sk-very-1

      - "sk-very-2"
    base_url: http://acme.example
  birch: { api_keys: [sk-very-3,
    sk-very-4], base_url: http://birch.example }
  cedar:
    headers:
      x-team: sk-very-5
    api_keys:
    - sk-very-6
    data: any
keys:
- secret: >-
    sk-very-7
  id: web
  tasks: [hello
`
  const shown = withoutSecrets(broken)
  expect(shown).not.toContain('sk-very')
  for (const kept of ['http://acme.example', 'data: any', 'id: web', 'tasks: [hello'])
    expect(shown).toContain(kept)
  expect(withSecrets(shown, broken)).toBe(broken)

  const commented = `providers:
  acme: {}
  # birch:
  #   api_keys:
  #     - sk-very-1
  #   - \${BIRCH_KEY}
  #   data: any
`
  const left = withoutSecrets(commented)
  expect(left).not.toContain('sk-very')
  for (const kept of ['# birch:', '- ${BIRCH_KEY}', 'data: any']) expect(left).toContain(kept)
  expect(withSecrets(left, commented)).toBe(commented)
})

test('lines end in two characters where the file came from elsewhere', () => {
  const broken = 'providers: [\r\n  acme:\r\n    api_key:\r\n      sk-very-1\r\n    data: any\r\n'
  const shown = withoutSecrets(broken)
  expect(shown).not.toContain('sk-very')
  expect(withSecrets(shown, broken)).toBe(broken)
})

test('an old key that is commented out among others is hidden, and what stands beside them is not', () => {
  const rotated = `providers:
  acme:
    # of acme
    api_keys: # two of them
      # - sk-very-1
      - sk-very-2 # since May
      # - sk-very-3
    # the address
    base_url: "http://acme.example/#x"
  birch: { api_keys: [sk-very-4, # sk-very-5
    sk-very-6] } # of birch
`
  const shown = withoutSecrets(rotated)
  expect(shown).not.toContain('sk-very')
  for (const kept of ['# of acme', 'http://acme.example/#x', '# of birch'])
    expect(shown).toContain(kept)
  expect(withSecrets(shown, rotated)).toBe(rotated)
})

test('a text of nothing but keys takes no longer than others of its length', () => {
  const begun = performance.now()
  withoutSecrets('# secret: x\n'.repeat(50_000))
  withoutSecrets(`{ api_key: x\n${'    y\n'.repeat(50_000)}`)
  expect(performance.now() - begun).toBeLessThan(2_000)
})
