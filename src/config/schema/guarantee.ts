import { section, value } from './form.ts'
import { ratio, usd } from './values.ts'

export const routerPath = value(
  'a file such as policies/support.json',
  { type: 'string', minLength: 1 },
  (text) => (text === '' || text.includes('\0') ? null : text),
)

export const guarantee = section({
  quality: ratio('a share of the quality, above 0 and below 1, such as 0.98', false).describe(
    "How much of the strong model's mean score is kept, at least.",
  ),
  confidence: ratio('a confidence above 0.5 and below 1, such as 0.95', false)
    .prefault('0.95')
    .describe('That it is kept.'),
  policy: routerPath
    .optional()
    .describe(
      'The policy that proves it; the same as `router`. Unset: policies/TASK.json beside this file, where `freehold route calibrate --task TASK` writes it.',
    ),
  evals: value('a file such as evals/support.yaml', { type: 'string', minLength: 1 }, (text) =>
    text === '' || text.includes('\0') ? null : text,
  )
    .optional()
    .describe('The evaluation that `freehold route calibrate --task TASK` proves it with.'),
  learn: section({
    second: usd('an amount such as 0.0005 USD')
      .optional()
      .describe(
        'What a second until the end of an answer is worth. Unset: only costs are compared.',
      ),
  })
    .optional()
    .describe(
      'Shifts calls between the proven policy and the strong model alone, by what both cost live. Both keep the promise; each gets 2 % of the calls at least. Unset: the policy decides all of them.',
    ),
})
  .optional()
  .describe(
    'A promise of quality for cascade and learned. As soon as the policy does not carry it, the strongest model answers alone and an alarm says why.',
  )
