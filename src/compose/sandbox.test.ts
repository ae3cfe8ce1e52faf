import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProcessSandbox } from './sandbox.ts'

const folder = mkdtempSync(join(tmpdir(), 'freehold-sandbox-'))
const { PATH = '', HOME = '' } = process.env
const sandbox = new ProcessSandbox({ PATH, HOME, ACME_API_KEY: 'acme-key-0123456789' })
afterAll(() => {
  sandbox.close()
  rmSync(folder, { recursive: true })
})

let files = 0
function run(
  code: string,
  argument: unknown = null,
  timeoutMs = 5_000,
  name: string | null = null,
) {
  files += 1
  const path = join(folder, `grade-${files}.ts`)
  writeFileSync(path, code)
  return sandbox.run({ path, name, arguments: [argument], timeoutMs })
}

describe('code from a file', () => {
  test('is called with data and answers with data', async () => {
    const code =
      'export default async (input: { n: number }) => ({ score: input.n / 2, why: "half" })'
    expect(await run(code, { n: 1 })).toEqual({ score: 0.5, why: 'half' })
    expect(await run('export function check() { return true }', null, 5_000, 'check')).toBe(true)
    expect(await run('export default () => {}')).toBeNull()
  })

  test('that never ends is ended, and what comes after it runs', async () => {
    const [late, next] = await Promise.allSettled([
      run('export default () => { for (;;) {} }', null, 300),
      run('export default () => 1'),
    ])
    expect(late).toMatchObject({
      status: 'rejected',
      reason: { message: 'The code took longer than 300 ms and was ended.' },
    })
    expect(next).toEqual({ status: 'fulfilled', value: 1 })
  })

  test('that throws, ends its process or is not there says so', async () => {
    await expect(run('export default () => { throw new Error("no luck") }')).rejects.toThrow(
      'The code failed: no luck',
    )
    await expect(run('export default () => process.exit(3)')).rejects.toThrow(
      'The code ended its process.',
    )
    await expect(run('export const other = 1')).rejects.toThrow('has no default export')
    await expect(run('export default (')).rejects.toThrow('The code failed:')
    expect(await run('export default () => 2')).toBe(2)
  })

  test('whose process is ended from outside is not waited for, and what comes after it runs', async () => {
    for (const waitMs of [300, 0]) {
      const began = performance.now()
      const ended = run('export default () => { for (;;) {} }', null, 4_000)
      const next = run('export default () => 3')
      await Bun.sleep(waitMs)
      sandbox.close()
      await expect(ended).rejects.toThrow('The code ended its process.')
      expect(await next).toBe(3)
      expect(performance.now() - began).toBeLessThan(3_000)
      sandbox.close()
    }
  })

  test('sees no keys, and what it prints goes nowhere', async () => {
    const code =
      'export default () => { console.log("noise"); return Object.keys(process.env).join() }'
    expect(await run(code)).not.toContain('ACME_API_KEY')
  })
})

describe('a regular expression', () => {
  test('is found, or not', async () => {
    expect(await sandbox.matches('^a+$', 'i', ['AAA', 'b'])).toEqual([true, false])
    // The flags that remember where the last match ended would make the second answer another one.
    expect(await sandbox.matches('a', 'g', ['a', 'a'])).toEqual([true, true])
  })

  test('that has too many ways to fit gives no verdict, whether it is ended or gives up', async () => {
    await expect(sandbox.matches('^(a+)+$', '', [`${'a'.repeat(60)}b`])).rejects.toThrow(
      'The regular expression',
    )
    await expect(
      sandbox.matches('(.*)(.*)(.*)(.*)(.*)x$', '', ['a'.repeat(20_000)]),
    ).rejects.toThrow('The regular expression')
    expect(await sandbox.matches('a', '', ['a'])).toEqual([true])
  })
})
