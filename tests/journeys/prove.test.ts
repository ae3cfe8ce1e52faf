import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** `freehold swap --prove`: the file changes when the new model is proven to be no worse, and not before. */
let town: Town
const config = `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  up: acme/small      # the cheap one for now
  down: { models: [acme/large, acme/medium], margin: 0.04 }
  again: acme/large
prices:
  acme/small: { input: 0.1, output: 0.4 }
  acme/medium: { input: 1, output: 4 }
  acme/large: { input: 5, output: 20 }
`

beforeAll(async () => {
  town = await startTown({ config, vendors: { acme: {} } })
  const cases = Array.from({ length: 300 }, (_, index) => {
    const [a, b] = [11 + (index % 89), 2 + Math.floor(index / 7)]
    return JSON.stringify({ a, b, expected: a * b, session: `u${index % 150}` })
  })
  writeFileSync(join(town.folder, 'sums.jsonl'), cases.join('\n'))
  suite('sums.yaml', 'margin: 0.05')
  suite('open.yaml', '')
})
afterAll(() => town.close())

function suite(name: string, more: string): void {
  const text = `prompt: 'What is {{a}} * {{b}}?'\ncases: file://sums.jsonl\ngraders: [numeric]\n${more}\n`
  writeFileSync(join(town.folder, name), text)
}

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

const file = (): string => readFileSync(join(town.folder, 'freehold.yaml'), 'utf8')
const asked = (): number => town.vendors['acme']!.history().length

interface CertificatesJson {
  readonly certificates: readonly {
    readonly seq: number
    readonly task: string
    readonly who: string
    readonly hash: string
    readonly previous: string
    readonly config: { readonly before: string; readonly after: string }
    readonly models: { readonly before: readonly string[]; readonly after: readonly string[] }
    readonly proof: {
      readonly margin: number
      readonly difference: { readonly n: number; readonly clusters: number }
      readonly scores: Readonly<Record<string, unknown>>
    }
  }[]
  readonly broken_at: number | null
}

describe('a swap that has to be proven', () => {
  test('is not made for a model that is worse, and the file stays as it is', async () => {
    const before = file()
    const { code, out } = await freehold('swap', 'down', 'acme/small', '--prove', 'sums.yaml')
    expect(code).toBe(1)
    expect(out).toContain('Nothing was changed.')
    expect(out).toContain('worse')
    expect(file()).toBe(before)
    expect((await town.api<CertificatesJson>('/api/certificates')).certificates).toEqual([])
  }, 60_000)

  test('says how many cases are missing where so few show nothing', async () => {
    const before = file()
    const words = ['--prove', 'open.yaml', '--limit', '40', '--json']
    const { code, out } = await freehold('swap', 'down', 'acme/medium', ...words)
    const { swapped, why, report } = JSON.parse(out) as {
      readonly swapped: boolean
      readonly why: string
      readonly report: { readonly margin: number }
    }
    expect([code, swapped]).toEqual([1, false])
    // The file of evaluations leaves the margin to the task.
    expect(report.margin).toBe(0.04)
    expect(why).toMatch(/about [\d,]+ more cases|is worse/)
    expect(file()).toBe(before)
  }, 60_000)

  test('pays for each look at new answers to the same cases', async () => {
    const levels: number[] = []
    for (const more of [[], ['--no-cache'], ['--no-cache'], []]) {
      const words = ['--prove', 'open.yaml', '--limit', '10', '--json', ...more]
      const { out } = await freehold('swap', 'again', 'acme/medium', ...words)
      levels.push((JSON.parse(out) as { readonly report: { readonly alpha: number } }).report.alpha)
    }
    expect(levels).toEqual([0.025, 0.0125, 0.00625, 0.00625])
  }, 60_000)

  test('is made for one that is no worse, asks nothing twice, and leaves a certificate', async () => {
    const before = asked()
    const { code, out } = await freehold('swap', 'up', 'acme/large', '--prove', 'sums.yaml')
    expect(code).toBe(0)
    expect(asked()).toBe(before)
    expect(out).toContain('up: acme/small -> acme/large. Written, and in force.')
    expect(out).toContain('margin')
    expect(file()).toContain('up: acme/large      # the cheap one for now')
    const { certificates, broken_at: broken } =
      await town.api<CertificatesJson>('/api/certificates')
    expect([certificates.length, broken]).toEqual([1, null])
    const [first] = certificates as [CertificatesJson['certificates'][number]]
    expect(first).toMatchObject({
      seq: 1,
      task: 'up',
      previous: '0'.repeat(64),
      models: { before: ['acme/small'], after: ['acme/large'] },
      proof: {
        margin: 0.05,
        alpha: 0.025,
        earlier_tries: 0,
        difference: { n: 300, clusters: 150 },
      },
    })
    expect(first.config.before).not.toBe(first.config.after)
    expect(Object.keys(first.proof.scores)).toEqual(['acme/small', 'acme/large'])
  }, 60_000)

  test('is a link of a chain that commands list, and that shows whoever changes it', async () => {
    await freehold('swap', 'up', 'acme/small')
    await freehold('swap', 'up', 'acme/large', '--prove', 'sums.yaml', '--yes')
    const listed = await freehold('swap', '--certificates', 'up')
    expect(listed.out).toContain('acme/small -> acme/large')
    const one = await freehold('swap', '--certificate', '2')
    expect(one.out).toContain('prompt sha256')
    const { certificates } = await town.api<CertificatesJson>('/api/certificates')
    expect(certificates.map(({ seq }) => seq)).toEqual([2, 1])
    expect(certificates[0]!.previous).toBe(certificates[1]!.hash)

    await town.end()
    const db = new Database(join(town.folder, 'data', 'ledger.db'))
    expect(() => db.run("UPDATE certificate SET task = 'other' WHERE seq = 1")).toThrow('are kept')
    expect(() => db.run('DELETE FROM certificate WHERE seq = 1')).toThrow('are kept')
    db.run('DROP TRIGGER certificate_no_update')
    db.run("UPDATE certificate SET task = 'other' WHERE seq = 1")
    db.close()
    const broken = await freehold('swap', '--certificates')
    expect([broken.code, broken.err.includes('broken at certificate 1')]).toEqual([1, true])
    await town.restart()
  }, 60_000)

  test('is refused when somebody else has changed the task meanwhile', async () => {
    const proof = { before: ['acme/medium'], margin: 0.05 }
    const response = await fetch(`${town.url}/api/swap`, {
      method: 'POST',
      headers: { authorization: `Bearer ${town.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ task: 'up', model: 'acme/small', proof }),
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('something else was measured')
    expect(file()).toContain('up: acme/large')
  })

  test.each([
    [['nobody', 'acme/small', '--prove', 'sums.yaml'], 'There is no task nobody'],
    [['up', 'acme/large', '--prove', 'sums.yaml'], 'answers up already'],
    [['up', 'acme/small', '--prove', 'none.yaml'], 'cannot be read'],
    [['up', 'acme/small', '--margin', '0.1'], '--margin goes with --prove'],
  ])(
    '%p is told what is wrong',
    async (words, says) => {
      const { code, err } = await freehold('swap', ...words)
      expect([code, err.includes(says)]).toEqual([says.includes('goes with') ? 2 : 1, true])
    },
    60_000,
  )
})
