import { showAdvice } from '../breakeven/advice.ts'
import { isScenario, scenarioText } from '../breakeven/scenario.ts'
import { type Command, UsageError } from '../command.ts'
import { study } from '../breakeven/study.ts'
import { studyText } from '../breakeven/text.ts'
import { scenarioNames, scenarioReport } from '../../control/economics/published.ts'

export const breakeven: Command = {
  name: 'breakeven',
  summary: 'When machines of your own would be cheaper than the API, or that they never are',
  usage: '',
  help: `Compares what calls cost at an API with machines of your own that were measured under such calls: nothing is drawn
beyond the measured points. Without --task the traffic is what you say.

breakeven --task support --model qwen3-32b           from this task's own calls
breakeven --tokens-per-day 50M --api deepseek/deepseek-v4-flash --model qwen3-32b
breakeven --scenario growth                          the published planning figures, reckoned again
breakeven --advice                                   each task: is it worth machines of your own, and what is missing`,
  options: {
    scenario: { value: 'NAME', says: `${scenarioNames.join(', ')}: printed figures beside ours` },
    advice: { says: 'of every task, whether three steady months speak for own machines' },
    task: { value: 'TASK', says: 'traffic and cost from the ledger' },
    env: { value: 'ENV', says: 'with --task: calls of this environment, or all (production)' },
    since: { value: 'WHEN', says: 'how far back the ledger is read (30d)' },
    'tokens-per-day': { value: 'N', says: 'traffic by hand: 50M, 1.2B' },
    'input-tokens': { value: 'N', says: 'of a call on average (800)' },
    'output-tokens': { value: 'N', says: 'of a call on average (200)' },
    'cached-share': { value: 'SHARE', says: 'of the input that the API reads from its cache (0)' },
    api: { value: 'PROVIDER/MODEL', says: "what is paid now; a task's own cost without it" },
    model: { value: 'NAME', says: 'the open-weight model on own machines' },
    gpu: { value: 'CARD', says: 'H100, H200, B200, A100, or as measured: H100-SXM-80GB' },
    rent: { value: 'USD', says: 'of a card for an hour; without it the median of known offers' },
    kind: { value: 'KIND', says: 'on-demand, spot, reserved or owned (on-demand)' },
    capex: { value: 'USD', says: 'of one card, for owned machines' },
    peak: {
      value: 'RATIO',
      says: "busiest hour per mean hour (3; from the task's calls where known)",
    },
    ttft: { value: 'DURATION', says: 'time to the first token at most (2s)' },
    tpot: { value: 'DURATION', says: 'time for each further token at most (50ms)' },
    people: { value: 'SHARE', says: 'of an engineer who looks after it (0.25)' },
    salary: { value: 'USD', says: 'of an engineer a month, with everything (15000)' },
    hidden: { value: 'USD', says: 'balancer, monitoring, updates a month (700)' },
    compliance: { says: 'the data may not leave your premises' },
    research: { says: 'the weights themselves are worked on' },
    'idle-gpus': { says: 'cards stand idle that are paid for anyway' },
    latency: { value: 'DURATION', says: 'the first token is needed within this: 40ms' },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    if (context.flag('advice')) {
      await showAdvice(context)
      return 0
    }
    const scenario = context.option('scenario')
    if (scenario !== undefined) {
      if (!isScenario(scenario))
        throw new UsageError(
          `--scenario is ${scenarioNames.join(', ')}, not ${JSON.stringify(scenario)}.`,
        )
      const report = scenarioReport(scenario)
      context.print.out(context.json ? JSON.stringify(report) : scenarioText(report, context.print))
      return 0
    }
    const result = await study(context)
    context.print.out(context.json ? JSON.stringify(result) : studyText(result, context.print))
    return 0
  },
}
