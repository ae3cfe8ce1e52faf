import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { type Dashboard, noBrowser, settled, startDashboard } from './browser.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

/** A call is sent, found, followed and understood. */
const config = `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  sim: {}
tasks:
  hello: sim/small
  support: { models: [sim/fault/http-503-empty, sim/large] }
prices:
  sim/large: { input: 0.55, output: 2.19 }
`

stories('calls', () => {
  const dashboard = dashboardOf({ config })

  test('a call is found by what was said, and followed through every attempt to its cost', async () => {
    await dashboard.call({
      model: 'hello',
      messages: [{ role: 'user', content: 'Something else' }],
    })
    const id = await dashboard.call(
      {
        model: 'support',
        messages: [
          { role: 'system', content: 'You answer customers of a shop.' },
          { role: 'user', content: 'Where is the parcel A-1042?' },
        ],
      },
      { 'x-freehold-customer': 'acme', 'x-freehold-feature': 'chat' },
    )
    const { page, end } = await dashboard.visit('/calls')
    await settled(page)
    expect(await page.locator('tbody tr').count()).toBe(2)
    await page.getByLabel('Search what was said').fill('parcel a-1042')
    await page.keyboard.press('Enter')
    await page.getByText('2 whose words were looked through').waitFor()
    expect(await page.locator('tbody tr').count()).toBe(1)
    await looksWell(page, 'calls')
    await page.keyboard.press('Escape')
    await page.locator('tbody tr').getByText('acme').click()
    await page.waitForURL(`**/calls/${id}*`)
    await settled(page)
    const text = await page.locator('#main').innerText()
    for (const said of [
      'Where is the parcel A-1042?',
      'provider_overloaded',
      'stand-in 1, after provider_overloaded',
      'read at prices: in freehold.yaml',
    ])
      expect(text).toContain(said)
    const call = await dashboard.town.call(id)
    const sum = page.getByRole('region', { name: 'Cost lines' }).locator('tfoot')
    expect(await sum.locator('[title]').getAttribute('title')).toBe(`${call.cost_usd} USD`)
    await looksWell(page, 'call')
    await end()
  }, 60_000)

  test('it is replayed on another model and judged, and both are on the ledger', async () => {
    const id = await dashboard.call({
      model: 'hello',
      messages: [{ role: 'user', content: 'What is 17 * 23?' }],
    })
    const { page, end } = await dashboard.visit(`/calls/${id}`)
    await settled(page)
    await page.getByLabel('Task or model').fill('sim/large')
    await page.getByRole('button', { name: 'Replay' }).click()
    const now = page.getByRole('link', { name: 'Now' })
    await now.waitFor()
    const replayed = (await now.getAttribute('href'))!.split('/').at(-1)!.split('?')[0]!
    const { attempts } = await dashboard.town.call(replayed)
    expect(attempts[0]).toMatchObject({
      provider: 'sim',
      model: 'large',
      feature: 'replay',
      key: 'admin',
    })

    await page.getByRole('button', { name: 'Wrong' }).click()
    await page.getByLabel('What it should have been').fill('Three hundred and ninety-one')
    await page.getByRole('button', { name: 'Keep this' }).click()
    await page.getByText('Should have been: ').waitFor()
    const judged = await dashboard.town.api<{ feedback: readonly unknown[] }>(`/api/calls/${id}`)
    expect(judged.feedback).toMatchObject([
      { score: 0, correction: 'Three hundred and ninety-one', source: 'human' },
    ])
    await end()
  }, 60_000)

  test('calls come while somebody follows them, and pages go back to the first', async () => {
    for (let index = 0; index < 53; index += 1) {
      await dashboard.call({
        model: 'sim/fault/http-400',
        messages: [{ role: 'user', content: `Number ${index}` }],
      })
    }
    const { page, end } = await dashboard.visit('/calls?status=error&model=sim%2Ffault%2Fhttp-400')
    await settled(page)
    expect(await page.locator('tbody tr').count()).toBe(50)
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByText('3 calls on this page').waitFor()
    await page.getByRole('button', { name: 'Newer' }).click()
    await page.getByText('50 calls on this page').waitFor()
    await page.getByRole('button', { name: 'Follow live' }).click()
    const fresh = await dashboard.call({
      model: 'sim/fault/http-400',
      messages: [{ role: 'user', content: 'Fresh' }],
    })
    await page.locator(`a[href^="/calls/${fresh}"]`).waitFor()
    expect(await page.getByTitle('Came while you looked').count()).toBe(1)
    await end()
  }, 60_000)

  test('a list is walked, opened and searched by keys, and the time is moved', async () => {
    for (const content of ['One', 'Two'])
      await dashboard.call({ model: 'hello', messages: [{ role: 'user', content }] })
    const { page, end } = await dashboard.visit('/calls')
    await settled(page)
    const second = await page.locator('tbody tr a').nth(1).getAttribute('href')
    for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key)
    await page.keyboard.press('Enter')
    await page.getByText('The way of the call').waitFor()
    expect(page.url()).toContain(second!)
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: 'Calls', exact: true }).waitFor()
    await page.keyboard.press('/')
    await page.locator('input[type="search"]:focus').waitFor()
    await page.getByRole('button', { name: 'Earlier' }).focus()
    await page.keyboard.press('[')
    await page.waitForURL(/from=.*to=/)
    await end()
  }, 60_000)

  test('a viewer looks, and is offered nothing that changes anything', async () => {
    const id = await dashboard.call({ model: 'hello', messages: [{ role: 'user', content: 'Hi' }] })
    const { page, end } = await dashboard.visit(`/calls/${id}`, { role: 'viewer' })
    await settled(page)
    await page.getByText('The way of the call').waitFor()
    expect(await page.getByRole('button', { name: 'Replay' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Keep this' }).count()).toBe(0)
    await end()
  }, 60_000)

  test('a call of megabytes, and one of which nothing is kept, have a face', async () => {
    const id = await dashboard.call({
      model: 'hello',
      messages: [{ role: 'user', content: `start ${'words and '.repeat(500_000)} end` }],
    })
    const { page, end } = await dashboard.visit(`/calls/${id}`)
    await settled(page)
    await page.getByRole('button', { name: /Show all/ }).waitFor()
    expect((await page.locator('#main').innerText()).length).toBeLessThan(20_000)
    await page.goto(`${dashboard.town.url}/calls/019b7f7e-0000-7000-8000-000000000000`)
    await page.getByText(/No call .* is on the ledger/).waitFor()
    await page.goto(`${dashboard.town.url}/calls?customer=nobody`)
    await page.getByText('No call fits').waitFor()
    await end()
  }, 60_000)
})

/** Made by others to break pages; each in every field that a caller or a vendor fills. */
const strings = new URL('../../../shared/data/fixtures/bad-input/xss-strings.json', import.meta.url)
const noStrings = !existsSync(strings)
if (noStrings) console.log('The strings that break pages are not here: none of them is tried.')

describe.skipIf(noBrowser || noStrings)('what strangers write', () => {
  const evil = noStrings ? [] : (JSON.parse(readFileSync(strings, 'utf8')) as string[])
  const bundles = Array.from({ length: 16 }, (_, place) =>
    evil.filter((_, index) => index % 16 === place),
  )

  test('is text on every page, and no more', async () => {
    const vendor = evilVendor(bundles)
    const own = await startDashboard({
      config: `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  evil: { type: openai-compatible, base_url: '${vendor.url}', api_key: evil-key-0123456789 }
`,
    })
    try {
      const ids = await Promise.all(bundles.map((bundle, place) => sayAll(own, bundle, place)))
      const { page, complaints, close } = await own.visit('/')
      await settled(page)
      for (const [place, id] of ids.entries()) {
        await page.goto(`${own.town.url}/calls/${id}`)
        await settled(page)
        // They are there, as what they are: those of the caller, and those of the vendor.
        const shown = await page.locator('#main').textContent()
        expect(shown).toContain(bundles[place]![0]!)
        expect(shown).toContain(bundles[place]![1]!)
        for (const more of await page.getByRole('button', { name: /Show all/ }).all())
          await more.click()
        await page.getByRole('tab', { name: 'As sent' }).click()
        await page.getByLabel('Request', { exact: true }).waitFor()
      }
      for (const text of evil.slice(0, 20)) {
        const query = new URLSearchParams({ customer: text, text, tab: text, from: text })
        await page.goto(`${own.town.url}/calls?${query.toString()}`)
        await settled(page)
        await page.goto(`${own.town.url}/calls/${encodeURIComponent(text)}#sign-in=${text}`)
      }
      for (const path of ['/calls', '/']) {
        await page.goto(own.town.url + path)
        await settled(page)
      }
      expect(complaints).toEqual([])
      const made = '#app :is(script, iframe, img, object, embed, base, meta, style, form[action])'
      expect(await page.locator(made).count()).toBe(0)
      await close()
    } finally {
      await own.close()
      await vendor.stop()
    }
  }, 120_000)
})

/** A vendor that writes them wherever a vendor writes; every second of its answers is an error. */
function evilVendor(bundles: readonly (readonly string[])[]) {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      const { model } = (await request.json()) as { model: string }
      const place = Number(/^\d+/.exec(model)?.[0] ?? 0)
      const [first = '', second = '', third = '', ...others] = bundles[place]!
      if (place % 2 === 1)
        return Response.json(
          { error: { message: `${first} ${second}`, type: second, code: third } },
          { status: 400, headers: { 'x-request-id': 'x' } },
        )
      const call = { id: first, type: 'function', function: { name: second, arguments: third } }
      return Response.json({
        id: first,
        object: 'chat.completion',
        created: 1,
        model: second,
        system_fingerprint: third,
        choices: [
          {
            index: 0,
            finish_reason: third,
            message: {
              role: first,
              content: others.join('\n'),
              reasoning_content: first,
              refusal: second,
              tool_calls: [call],
            },
          },
        ],
        usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      })
    },
  })
  return { url: `http://127.0.0.1:${server.port}/v1`, stop: () => server.stop(true) }
}

/** A caller that writes them wherever a caller writes. @returns the call's id */
async function sayAll(
  { town, call }: Dashboard,
  bundle: readonly string[],
  place: number,
): Promise<string> {
  const [first = '', second = '', third = '', fourth = ''] = bundle.map((text) =>
    text.slice(0, 250),
  )
  const named = { id: 'x', type: 'function', function: { name: 'f', arguments: bundle.join(' ') } }
  const id = await call(
    {
      model: `evil/${place}${first}`,
      user: fourth,
      metadata: { session: first, feature: second, customer: third },
      messages: [
        { role: 'system', content: bundle.slice(0, 40).join('\n') },
        { role: 'assistant', content: null, tool_calls: [named] },
        { role: 'tool', tool_call_id: 'x', content: second },
        { role: 'user', content: [{ type: 'text', text: bundle.join('\n') }] },
      ],
    },
    { 'x-freehold-customer': first.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 120) },
  )
  await fetch(`${town.url}/v1/feedback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.adminKey}` },
    body: JSON.stringify({
      call_id: id,
      name: fourth.slice(0, 90) || 'x',
      label: second.slice(0, 190) || 'x',
      comment: bundle.join('\n').slice(0, 19_000),
      correction: bundle.slice(0, 20).join('\n'),
    }),
  })
  return id
}
