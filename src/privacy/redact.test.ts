import { expect, test } from 'bun:test'
import { assert, constantFrom, array, property, string } from 'fast-check'
import { redact, redactJson } from './redact.ts'

/** Made up, and put together here so that no scanner takes this file for a leak. */
const fakes = {
  openai: ['sk', 'proj', 'a1B2c3D4e5F6g7H8i9J0'].join('-'),
  anthropic: ['sk', 'ant', 'api03', 'a1B2c3D4e5F6g7H8_i9-J0kL'].join('-'),
  deepseek: `sk-${'0123456789abcdef'.repeat(2)}`,
  stripe: ['sk', 'live', 'a1B2c3D4e5F6g7H8i9J0'].join('_'),
  aws: ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
  github: `ghp_${'a1B2c3D4e5F6'.repeat(3)}`,
  githubFine: `github_pat_${'a1B2c3D4e5F6_'.repeat(4)}`,
  slack: ['xoxb', '123456789012', 'a1B2c3D4e5F6'].join('-'),
  google: ['AIza', 'SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q'].join(''),
  gitlab: ['glpat', 'a1B2c3D4e5F6g7H8'].join('-'),
  huggingFace: `hf_${'aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH'}`,
  ours: 'fh_8sK2a1B2c3D4e5F6g7H8i9J0',
  baidu: ['bce-v3', 'ALTAK-a1B2c3D4e5', '0123456789abcdef'].join('/'),
  zhipu: `${'0123456789abcdef'.repeat(2)}.AbCdEfGh12345678`,
  jwt: [
    'eyJhbGciOiJIUzI1NiJ9',
    'eyJzdWIiOiIxMjM0NTY3ODkwIn0',
    'dozjgNryP4J3-jVmNHl0w5N_XgL0n3',
  ].join('.'),
}

const begin = `-----BEGIN ${'RSA PRIVATE KEY'}-----`
const key = `MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo\nlgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLR`

test.each([
  ['write to bob.smith+ads@mail.acme.co.uk.', 'write to [email].'],
  ['<bob@acme.com>,ann@acme.de;', '<[email]>,[email];'],
  ['13812345678@qq.com', '[email]'],
  ['邮箱是bob@acme.com请查收', '邮箱是[email]请查收'],
  ['à jürgen.groß@müller.de, élodie.André@acme.fr.', 'à [email], [email].'],
  ['jose\u0301@acme.es', '[email]'],
  ['call +1 (415) 555-2671 or +44 20 7946 0958', 'call [phone] or [phone]'],
  [
    '(415) 555-2671, 415-555-2671, 415.555.2671, 1-415-555-2671',
    '[phone], [phone], [phone], [phone]',
  ],
  ['phone: 415 555 2671', 'phone: [phone]'],
  ['电话13812345678，或+86 138 1234 5678', '电话[phone]，或[phone]'],
  ['138-1234-5678 and 138 1234 5678', '[phone] and [phone]'],
  ['{"phone":13812345678}', '{"phone":[phone]}'],
  ['4111111111111111', '[card]'],
  ['4111 1111 1111 1111 12/27 123', '[card] 12/27 123'],
  ['4111-1111-1111-1111, 3782 822463 10005', '[card], [card]'],
  ['DE89 3704 0044 0532 0130 00 and GB29NWBK60161331926819.', '[iban] and [iban].'],
  ['SSN 123-45-6789', 'SSN [ssn]'],
  ['身份证11010519491231002X。', '身份证[id]。'],
  ['from 8.8.8.8:53 and http://1.1.1.1/x', 'from [ip]:53 and http://[ip]/x'],
  ['2a00:1450:4001:81c::200e refused', '[ip] refused'],
  ['at [2606:4700:4700::1111]:443', 'at [[ip]]:443'],
])('%s is masked', (text, masked) => {
  expect(redact(text).text).toBe(masked)
})

test.each(Object.entries(fakes))('a key of %s is masked wherever it stands', (_, key) => {
  expect(redact(key).text).toBe('[secret]')
  expect(redact(`use "${key}", please`).text).toBe('use "[secret]", please')
  expect(redact(`line\\n${key}\\n`).text).toBe('line\\n[secret]\\n')
  expect(redact(`键${key}。`).text).toBe('键[secret]。')
})

test.each([
  ['Authorization: Bearer abc-def_123.456', 'Authorization: Bearer [secret]'],
  ['"authorization": "Basic dXNlcjpwYXNz"', '"authorization": "Basic [secret]"'],
  ['curl -H "x-api-key: a1b2c3d4e5"', 'curl -H "x-api-key: [secret]"'],
  ['with bearer a1b2c3d4e5f6a7b8', 'with bearer [secret]'],
  ['DB_PASSWORD=hunter2&x=1', 'DB_PASSWORD=[secret]&x=1'],
  ['password: hunter2!', 'password: [secret]'],
  ['password := "two words"', 'password := "[secret]"'],
  ['{"api_key":"abc","n":1}', '{"api_key":"[secret]","n":1}'],
  ['{\\"clientSecret\\":\\"a\\\\\\"b\\"}', '{\\"clientSecret\\":\\"[secret]\\"}'],
  ['密码：hunter2。', '密码：[secret]。'],
  ['refresh_token=a1b2c3d4e5f6', 'refresh_token=[secret]'],
  ['postgres://bob:hunter2@db.acme.com/x', 'postgres://[secret]@db.acme.com/x'],
  [`${begin}\n${key}\n-----END ${'RSA PRIVATE KEY'}----- ok`, '[secret] ok'],
  [`${begin}\n${key}\nthat was all`, '[secret]\nthat was all'],
  [`"${begin}\\n${key.replace('\n', '\\n')}\\n"`, '"[secret]\\n"'],
])('%s is masked', (text, masked) => {
  expect(redact(text).text).toBe(masked)
})

test.each([
  'at 2026-11-21T23:32:10.123456789+08:00, that is 1795303930 or 1795303930123 ms',
  'id 550e8400-e29b-41d4-a716-446655440000 and 0190a5b2-4444-7555-8666-123456789012',
  'order #4111111111111111, tracking number 13812345678',
  '{"created":1795303930,"batch_tokens":17500000000,"cost":4111111111111111}',
  'version 1.2.3.4, v10.0.3.1, Chrome/120.0.6.99, 10.0.0.1, 192.168.0.1, 127.0.0.1, 203.0.113.7',
  'USD 1,234,567.89 or $4111.11, 3.14159265358979, -0.012345678901234567',
  'Results: 512 256 1024, 300-200-10, 12:30:45, 555-2671, 000-12-3456',
  'sk-learn-tutorial-2024-notes, task-based-approach-12345, sk-xxxxxxxxxxxxxxxxxxxx',
  'hf_model_from_pretrained, npm_config_registry, github_pat_, ghp_short',
  'lodash@4.17.21, @app.route, icon@2x.png, git@github.com:acme/app.git, a@b',
  'the password: must be at least 8 characters; a token: see below',
  'f(password=password, secret=get_secret(), api_key=os.environ["X"], token=None)',
  'PASSWORD=${PASSWORD} secret: <your secret> api_key: $KEY password="" PWD=/home/bob',
  '{"max_tokens":100,"token_type":"bearer","token":" Hello","password":{"type":"string"}}',
  'std::vector, fe80::1, ::1, dead::beef, 2001:db8::1, a::b, https://acme.com:8443/x@y',
  'Bearer of bad news, bearer bonds from 1984',
  'EAN 4006381333931, ISBN 978-3-16-148410-0, DE89 3704 0044 0532 0130 01',
  '4111111111111112, 123456789012345678, 11010519491231002, 12345678901',
])('%s is left alone', (text) => {
  expect(redact(text)).toEqual({ text, found: {} })
})

test('what was found is counted by kind', () => {
  const { text, found } = redact(`bob@acme.com ann@acme.com 8.8.8.8 ${fakes.openai}`)
  expect(text).toBe('[email] [email] [ip] [secret]')
  expect(found).toEqual({ email: 2, ip: 1, secret: 1 })
})

test('an image as a data URL is left alone, and what stands behind it is not', () => {
  const image = `data:image/png;base64,${'iVBORw0KGgo13812345678+'.repeat(100)}`
  expect(redact(`${image}" bob@acme.com`).text).toBe(`${image}" [email]`)
  expect(redact('data:text/plain,bob@acme.com').text).toBe('data:text/plain,[email]')
})

/** Pieces of what is looked for, and of what stands around it: their sums make the odd cases. */
const pieces = [
  ...Object.values(fakes),
  ...'\\ \n \\n \\u003c " \' [ ] ( ) + - _ . , : = // :// @ & 0 1 x X é 请 密码： [email] [secret]'.split(
    ' ',
  ),
  ...'bob@acme.com @acme.com .com 415-555-2671 +14155552671 13812345678 8.8.8.8 1.2.3.4'.split(' '),
  ...'4111111111111111 123-45-6789 DE89370400440532013000 2a00:1450:4001:81c::200e'.split(' '),
  ...'password= "password":" api_key: token= secret Bearer\u00a0 hunter2 https://u:p@ order data:a/b;base64,'.split(
    ' ',
  ),
  '(415) 555-2671',
  '+86 138 1234 5678',
  '4111 1111 1111 1111',
  begin,
  ' ',
]

test('masking what is masked changes nothing', () => {
  assert(
    property(array(constantFrom(...pieces), { maxLength: 8 }), (parts) => {
      const once = redact(parts.join('')).text
      expect(redact(once).text).toBe(once)
    }),
    { numRuns: 20_000 },
  )
})

test('strings of JSON text stay closed and escaped', () => {
  assert(
    property(array(constantFrom(...pieces), { maxLength: 6 }), (parts) => {
      const text = JSON.stringify({ a: parts.join(''), b: JSON.stringify({ c: parts.join('') }) })
      expect(() => JSON.parse(redact(text).text) as unknown).not.toThrow()
    }),
    { numRuns: 5000 },
  )
})

test('any text is read, lone surrogates and all', () => {
  assert(property(string({ unit: 'binary' }), (text) => typeof redact(text).text === 'string'))
  expect(redact('\ud800bob@acme.com\udc00').text).toBe('\ud800[email]\udc00')
})

const baits = [
  ...'@ a@ a@a. a. a - _ 1 1- 1. 1: : :: a: = =: # ( (1 +1 \\ " I J B'.split(' '),
  ...'sk- sk-a1 x_ xoxb- eyJ eyJ- eyJa. eyJaaaaaaaa.b. AKIA AIza github_pat_ hf_ bce-v3/'.split(
    ' ',
  ),
  ...'password: password= password=" password=\\" token= secret. 密码： ----- 2001: 2a00::'.split(
    ' ',
  ),
  ...':// ://a: http://a:b data: data:a/b;base64, Bearera 0123456789abcdef DE89'.split(' '),
  '12 ',
  '138 ',
  '4111 ',
  'DE89 3704 ',
  'Bearer a',
  begin,
  `${begin}\n`,
  '1'.repeat(24) + ' ',
  'a'.repeat(64) + '@',
  'a@' + 'b'.repeat(63) + '.',
]

/** CPU time is that of this process: what else the machine does is not in it. */
function cpuUsOf(bait: string, length: number): number {
  const text = bait.repeat(length / bait.length)
  let least = Infinity
  for (let round = 0; round < 3; round += 1) {
    const from = process.cpuUsage()
    redact(text)
    const { user, system } = process.cpuUsage(from)
    least = Math.min(least, user + system)
  }
  // Below this, starting up and clearing away weigh more than the walk itself.
  return Math.max(least, 10_000)
}

test.each(baits)('eight times as much of %s takes some eight times as long', (bait) => {
  // What goes back over its steps takes 64 times as long.
  expect(cpuUsOf(bait, 1_000_000) / cpuUsOf(bait, 125_000)).toBeLessThan(32)
})

test('a value under a secret key is masked whole, and the structure stays', () => {
  const { value, found } = redactJson({
    password: 'correct horse',
    api_keys: ['a'],
    apiKey: ['b', { deep: 'c' }],
    headers: { authorization: 'Basic dXNlcjpwYXNz', 'x-request-id': '1' },
    messages: [{ content: 'I am bob@acme.com' }, null, 7, true],
    max_tokens: '100',
    secret: null,
  })
  expect(value).toEqual({
    password: '[secret]',
    api_keys: ['a'],
    apiKey: ['[secret]', { deep: 'c' }],
    headers: { authorization: 'Basic [secret]', 'x-request-id': '1' },
    messages: [{ content: 'I am [email]' }, null, 7, true],
    max_tokens: '100',
    secret: null,
  })
  expect(found).toEqual({ secret: 3, email: 1 })
  expect(redactJson(value).value).toEqual(value)
})

test('keys that are secrets are masked, and none is lost', () => {
  const { value } = redactJson({ [fakes.openai]: 1, [fakes.deepseek]: 2, __proto__: 3 })
  expect(value).toEqual({ '[secret]': 1, '[secret] 2': 2 })
  const parsed = JSON.parse('{"__proto__": {"a": "bob@acme.com"}}') as unknown
  expect(JSON.stringify(redactJson(parsed).value)).toBe('{"__proto__":{"a":"[email]"}}')
})

test('many keys that mask to the same one take a time that grows with their number', () => {
  const json = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}@acme.com`, at]))
  const cpuUs = (value: unknown): number => {
    const from = process.cpuUsage()
    redactJson(value)
    const { user, system } = process.cpuUsage(from)
    return Math.max(user + system, 10_000)
  }
  expect(cpuUs(json(16_000)) / cpuUs(json(2_000))).toBeLessThan(32)
  const { value } = redactJson(json(3))
  expect(value).toEqual({ '[email]': 0, '[email] 2': 1, '[email] 3': 2 })
  const odd = redactJson({ '[email] 2': 1, 'a@acme.com': 2, 'b@acme.com': 3 })
  expect(odd.value).toEqual({ '[email] 2': 1, '[email]': 2, '[email] 3': 3 })
})

test('a value of any depth is walked', () => {
  let deep: unknown = 'bob@acme.com'
  for (let level = 0; level < 100_000; level += 1) deep = [deep]
  let { value } = redactJson(deep)
  while (Array.isArray(value)) value = value[0] as unknown
  expect(value).toBe('[email]')
})
