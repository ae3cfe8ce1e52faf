import { expect, test } from 'bun:test'
import { Front, type FrontFile } from './front.ts'

const files: readonly FrontFile[] = (['js', 'css', 'svg'] as const).map((kind) => ({
  kind,
  name: `0123.${kind}`,
  gzip: Bun.gzipSync(`the ${kind}`),
}))

test('files are made when somebody looks first, and once however many look', async () => {
  let made = 0
  const front = new Front(
    async () => {
      made += 1
      return files
    },
    () => {},
  )
  expect(made).toBe(0)
  const pages = await Promise.all([front.page(), front.page(), front.asset('0123.js', 'gzip, br')])
  expect(made).toBe(1)
  expect(await pages[0]!.text()).toContain('src="/assets/0123.js"')
  expect(pages[2]!.headers.get('content-encoding')).toBe('gzip')
})

test('who takes nothing packed gets a file as it is, and a name that was not made is nowhere', async () => {
  const front = new Front(
    async () => files,
    () => {},
  )
  const plain = await front.asset('0123.css', null)
  expect(plain.headers.get('content-encoding')).toBe(null)
  expect(await plain.text()).toBe('the css')
  for (const name of ['../package.json', '0123.js/', '%2e%2e', '', 'constructor'])
    expect(front.asset(name, null)).rejects.toMatchObject({ code: 'path_unknown' })
})

test('a page that could not be made says so, tells why where it is asked for, and is made at the next look', async () => {
  const told: unknown[] = []
  let tries = 0
  const front = new Front(
    async () => {
      tries += 1
      if (tries === 1) throw new Error('no react')
      return files
    },
    (error) => told.push(error),
  )
  const broken = await front.page()
  expect([broken.status, await broken.text()]).toEqual([
    503,
    expect.stringContaining('could not be made'),
  ])
  expect(told).toEqual([new Error('no react')])
  expect((await front.page()).status).toBe(200)
})
