import { describe, expect, test } from 'bun:test'
import { run } from '../main.ts'

async function breakeven(...words: string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run({
    argv: ['breakeven', ...words],
    env: {},
    print: {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      colour: false,
      width: null,
    },
    signal: new AbortController().signal,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const byHand = ['--tokens-per-day', '50M', '--api', 'deepseek/deepseek-v4-flash']

describe('the published planning figures', () => {
  test.each(['early', 'growth', 'enterprise'])('%s stand beside ours', async (scenario) => {
    const { code, out } = await breakeven('--scenario', scenario)
    expect(code).toBe(0)
    expect(out).toContain('PRINTED')
    const { out: json } = await breakeven('--scenario', scenario, '--json')
    expect(JSON.parse(json)).toMatchObject({ scenario })
    expect(json).not.toContain('\n')
  })

  test('of the early one are $7.50, not $12.50', async () => {
    const { out } = await breakeven('--scenario', 'early')
    expect(out).toContain('30M x $0.25/M is $7.50; $12.50 would be 50M tokens.')
  })
})

describe('a workload by hand', () => {
  test('against a cheap API never pays, and says why', async () => {
    const { code, out } = await breakeven(...byHand, '--model', 'qwen3-32b', '--json')
    expect(code).toBe(0)
    const study = JSON.parse(out)
    expect(study.result).toMatchObject({ first: null, sustained_from: null })
    expect(study.result.why).toContain('a replica that is full')
    expect(study.hybrid).toMatchObject({ replicas: 0, per_month: study.api.per_month })
    expect(study.machine.point.source).not.toBe('')
    expect(study.verdict).toBe('Never: at no volume do own machines cost less than the API.')
  })

  test('against a dear one pays from some volume on', async () => {
    const { out } = await breakeven(
      '--tokens-per-day',
      '500M',
      '--api',
      'anthropic/claude-sonnet-4-5',
      '--model',
      'gpt-oss-120b',
      '--gpu',
      'H100',
      '--rent',
      '3.99',
      '--json',
    )
    const study = JSON.parse(out)
    expect(Number(study.result.first)).toBeGreaterThan(0)
    expect(Number(study.result.own_per_month)).toBeLessThan(Number(study.api.per_month))
    expect(study.simulation.late).toBeLessThanOrEqual(0.01)
    expect(study.exceptions[0].answer).toBe('yes')
  })

  test('of a model that nobody measured has no figure, only the reason', async () => {
    const { code, out } = await breakeven(...byHand, '--model', 'no-such-9b')
    expect(code).toBe(0)
    expect(out).toContain("Not known: nobody's measurement of no-such-9b is among our facts.")
  })

  test('of cards that are owned is priced by what they cost to own', async () => {
    const words = [
      ...byHand,
      '--model',
      'qwen3-32b',
      '--kind',
      'owned',
      '--capex',
      '30000',
      '--json',
    ]
    const { machine } = JSON.parse((await breakeven(...words)).out)
    expect(Number(machine.rent_per_gpu_hour)).toBeGreaterThan(1)
    expect(machine.rent_source).toContain('owned: 36 months')
  })
})

describe('what is wrong is said in a sentence', () => {
  test.each([
    [['--scenario', 'huge'], '--scenario is early, growth, enterprise, not "huge".'],
    [[], 'A break-even needs --model'],
    [['--model', 'qwen3-32b'], 'breakeven needs the traffic'],
    [
      ['--model', 'qwen3-32b', '--tokens-per-day', 'lots'],
      '--tokens-per-day is a number such as 50M',
    ],
    [['--model', 'qwen3-32b', '--tokens-per-day', '1M'], 'breakeven needs --api'],
    [[...byHand, '--model', 'qwen3-32b', '--peak', '0.5'], '--peak is 1 or more'],
    [[...byHand, '--model', 'qwen3-32b', '--ttft', 'soon'], '--ttft is a duration'],
    [[...byHand, '--model', 'qwen3-32b', '--kind', 'borrowed'], '--kind is on-demand'],
    [[...byHand, '--model', 'qwen3-32b', '--kind', 'owned'], '--kind owned needs --capex'],
    [[...byHand, '--model', 'qwen3-32b', '--rent', '-3'], '--rent'],
  ])('%p', async (words, sentence) => {
    const { code, err } = await breakeven(...words)
    expect(code).toBe(2)
    expect(err).toContain(sentence)
  })

  test('a price that is not known is not taken as nothing', async () => {
    const words = ['--tokens-per-day', '1M', '--api', 'openai/no-such', '--model', 'qwen3-32b']
    const { code, err } = await breakeven(...words)
    expect(code).toBe(1)
    expect(err).toContain('The catalog has no price of openai/no-such.')
  })
})
