import * as z from 'zod'
import { audit, canary, shadow } from './experiments.ts'
import { entries, flag, kindMessage, list, matching, oneOf, section, value } from './form.ts'
import { guarantee, routerPath } from './guarantee.ts'
import { hedge } from './hedge.ts'
import { bounds, timeouts } from './limits.ts'
import { model, modelName } from './names.ts'
import { country, data } from './provider.ts'
import { day, duration, ratio, share, whole } from './values.ts'

const candidates = z
  .union(
    [
      list(model, 'a list of models'),
      entries(
        modelName,
        value(
          'a number above 0',
          { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, matching('^[0-9.]+$')] },
          share,
        ),
        'models and their shares',
      ),
    ],
    { error: ({ input }) => kindMessage(input, 'a list of models, or models and their shares') },
  )
  .describe('Who may answer: a list in order, or models with their shares for the weighted policy.')

const checksFile = value(
  'a file of TypeScript such as checks/answer.ts',
  { type: 'string', minLength: 1 },
  (text) => (text === '' || text.includes('\0') ? null : text),
)

const checksSettings = section({
  file: checksFile.describe('Whose default export is the function.'),
  timeout: duration('a time from 10ms to 30s, such as 1s', 10, 30_000)
    .prefault('1s')
    .describe('How long it may take; an answer that is not judged by then is not good enough.'),
})

const checks = z
  .union([checksFile, checksSettings], {
    error: ({ input }) => kindMessage(input, 'a file such as checks/answer.ts, or settings'),
  })
  .optional()
  .describe(
    'A function of your own that a cascade asks about an answer that it would give; where it says no, the next model is asked. It runs in a process without keys.',
  )

export const task = section(
  {
    models: candidates.optional(),
    weights: value(
      'open weights such as deepseek-v3.1',
      matching('^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,126}$'),
      (text) => (/^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,126}$/.test(text) ? text : null),
    )
      .optional()
      .describe(
        'Open weights, by their name without a seller: every listed provider that the catalog knows to sell them may answer, the cheapest for each call first. Models that are named as well stand behind them.',
      ),
    policy: oneOf(['fixed', 'weighted', 'fastest', 'cheapest', 'cascade', 'learned'])
      .optional()
      .describe(
        'Unset: fixed, and with weights cheapest. fixed: the first, then the next when it fails. weighted: by share, and the others when it fails. fastest: by the time to the first content. cheapest: by what the call is likely to cost. cascade: models from cheap to strong, each asked when the answer before is not good enough. learned: a fitted policy chooses by the prompt. See the guide on asking cheap models first.',
      ),
    sticky: oneOf(['session', 'customer', 'key'])
      .optional()
      .describe(
        'What stays with one model under the weighted policy. Unset: each call draws anew.',
      ),
    timeouts: timeouts.optional(),
    data: data
      .optional()
      .describe(
        'The least that a provider must promise of prompts: any, no-training or on-premises. One that falls short is never asked.',
      ),
    not_in: list(country, 'a list of countries such as [CN, US]')
      .optional()
      .describe(
        'Countries whose law must not reach the provider. One whose country is not known falls short.',
      ),
    strict: flag()
      .optional()
      .describe(
        'true: a model that would not get every parameter of a call is not asked; the next one is. Unset: what a model cannot take is left out, and x-freehold-adapted says so.',
      ),
    margin: ratio('a share above 0 and below 1, such as 0.05', false)
      .optional()
      .describe(
        'How much worse a model may score and still take the task over by `freehold swap --prove`, where the evaluation does not say. Unset: 0.05.',
      ),
    ...bounds,
    cache: section({
      ttl: duration('a time such as 1h', 1, 3_660 * day).describe('How long an answer is kept.'),
      scope: oneOf(['customer', 'key', 'task'])
        .prefault('customer')
        .describe(
          'Who is given whose answers. customer: each customer of a key its own. key: each key its own. task: whoever may call the task.',
        ),
    })
      .optional()
      .describe(
        'Keeps answers, and gives them again to a call that asks exactly the same. Unset: nothing is kept.',
      ),
    resume: oneOf(['off', 'continue'])
      .optional()
      .describe(
        'What becomes of a stream that breaks off after something was shown. off: it ends with an error. continue: the next model goes on from what was said, once, and the seam is marked. Unset: off.',
      ),
    hedge,
    router: routerPath
      .optional()
      .describe(
        'The policy that `freehold route calibrate` wrote, for cascade and learned. Without one a cascade escalates what is wrong in itself, and nothing of it is proven.',
      ),
    guarantee,
    streaming: oneOf(['buffer', 'prompt', 'strong'])
      .optional()
      .describe(
        'How a cascade answers streams. buffer: the cheap answer is held until it is judged. prompt: the prompt alone decides. strong: the strongest model answers. Unset: buffer.',
      ),
    samples: whole('a number of answers from 1 to 5', 1, 5)
      .optional()
      .describe(
        'Answers of the cheapest model that a cascade without a policy compares; when they differ it escalates. Unset: 1.',
      ),
    checks,
    audit,
    shadow,
    canary,
  },
  'a model, or settings',
).describe('A name that applications call, and the models that answer for it.')
