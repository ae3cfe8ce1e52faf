import { type Command, type Context, UsageError } from '../command.ts'
import { proven, tableFrom } from '../route/calibrated.ts'
import { needed } from '../route/context.ts'
import { explained } from '../route/explained.ts'
import { planned } from '../route/plan.ts'
import { status } from '../route/status.ts'
import { tableOfTask } from '../route/task.ts'
import { tested } from '../route/tested.ts'

export const route: Command = {
  name: 'route',
  summary: 'Finds out when a cheap model is good enough, with proof',
  usage: 'calibrate | test | explain | status',
  help: `calibrate --task NAME                          proves what a task promises: runs its evals, writes its policy
calibrate --table T --cheap A[,B] --strong C   chooses a policy and proves it on rows that did not choose it
test --policy P --table T                      what a policy keeps and saves on a table
explain --policy P --prompt TEXT               what it does with a prompt, and which words decide
explain --task NAME                            whom a call of a task asks now, in which order, and what it costs there
status                                         what a running gateway does by its policies, and what that saves

A table has one prompt a line, as JSON, gzipped or not: {"id", "prompt", "results": {MODEL: {"score", "cost_usd"}}}, and
response, answer and confidence of each result where they are known. Scores are between 0 and 1. The answer may be 'no
routing': then the policy is one model, and says why.`,
  options: {
    task: {
      value: 'NAME',
      says: 'the task whose guarantee is proven, as the configuration has it; of explain: whose order is told',
    },
    table: { value: 'FILE', says: 'graded answers of the models, one prompt a line' },
    cheap: {
      value: 'A[,B]',
      says: 'the cheap model; several are tried, and compared with each other',
    },
    strong: { value: 'MODEL', says: 'the model whose quality is to be kept' },
    quality: { value: 'SHARE', says: "of the strong model's mean score, between 0 and 1 (0.95)" },
    confidence: { value: 'SHARE', says: 'that it holds, between 0.5 and 1 (0.95)' },
    seed: { value: 'NUMBER', says: 'of the split and the training; the same gives the same (1)' },
    out: { value: 'FILE', says: 'where the policy is written (policy.json; with --task its own)' },
    picture: { value: 'FILE', says: 'where the cost-quality curve is drawn, as SVG' },
    policy: { value: 'FILE', says: 'a policy that calibrate wrote' },
    prompt: { value: 'TEXT', says: 'the prompt to explain' },
    deadline: { value: 'TIME', says: 'of explain --task: how long the caller can wait, as 30s' },
    'prompt-tokens': { value: 'N', says: 'of explain --task: tokens of the prompt (1000)' },
    'answer-tokens': { value: 'N', says: 'of explain --task: tokens of the answer (400)' },
    'prompt-hash': {
      value: 'HASH',
      says: 'of system prompt, tools and schema, as an alarm named it: the policy is for no other',
    },
    embeddings: {
      value: 'MODEL',
      says: 'of calibrate: also goes by the prompts most like a new one, as this model sees them',
    },
    concurrency: { value: 'N', says: 'with --task: calls at the same time (8)' },
    judge: { value: 'A[,B]', says: 'with --task: for graders that ask a model and name none' },
    labels: { value: 'FILE', says: 'with --task: what people said of answers, for judges' },
    yes: { short: 'y', says: 'with --task or --embeddings: do not ask whether to go on' },
    'no-cache': { says: 'with --task: ask anew what was answered before' },
    resume: { says: 'with --task and --no-cache: go on with the run that was stopped' },
  },
  positionals: { least: 1, most: 1 },
  run: async (context) => {
    const [verb] = context.arguments
    if (verb === 'calibrate') {
      const task = context.option('task')
      only(context, task === undefined ? withTable : withTask)
      const prepared =
        task === undefined ? await tableFrom(context) : await tableOfTask(context, task)
      return prepared === null ? 1 : proven(context, prepared)
    }
    if (verb === 'test') {
      only(context, ['policy', 'table', 'yes'])
      return tested(context, needed(context, 'policy'), needed(context, 'table'))
    }
    if (verb === 'explain') {
      const task = context.option('task')
      if (task !== undefined) {
        only(context, ['task', 'deadline', 'prompt-tokens', 'answer-tokens'])
        return planned(context, task)
      }
      only(context, ['policy', 'prompt', 'yes'])
      return explained(context, needed(context, 'policy'), needed(context, 'prompt'))
    }
    if (verb === 'status') {
      only(context, [])
      return status(context)
    }
    throw new UsageError(
      `route knows calibrate, test, explain and status, not ${JSON.stringify(verb)}.`,
    )
  },
}

const always = ['seed', 'out', 'picture', 'prompt-hash', 'embeddings', 'yes']

const withTable = [...always, 'table', 'cheap', 'strong', 'quality', 'confidence']

/** What the configuration says of a task takes the place of all that is named for a table. */
const withTask = [...always, 'task', 'concurrency', 'judge', 'labels', 'no-cache', 'resume']

function only(context: Context, names: readonly string[]): void {
  const stray = Object.keys(route.options).find(
    (name) => (context.option(name) !== undefined || context.flag(name)) && !names.includes(name),
  )
  if (stray !== undefined)
    throw new UsageError(`route ${context.arguments[0]} takes no --${stray}.`)
}
