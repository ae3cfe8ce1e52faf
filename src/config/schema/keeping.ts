import { flag, oneOf, Refusal, section, value } from './form.ts'
import { day, duration, size, whole } from './values.ts'

export const store = value('a folder such as ./data', { type: 'string', minLength: 1 }, (text) => {
  if (/^postgres(ql)?:/i.test(text)) {
    return new Refusal(
      'cannot be a postgres store: that is not built in this version. Name a folder, such as ./data.',
    )
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    return new Refusal('takes a folder such as ./data; addresses are not built in this version.')
  }
  return text === '' || text.includes('\0') ? null : text
})

export const retention = section({
  payloads: duration('a time from 1h to 3660d, such as 30d', 3_600_000, 3_660 * day)
    .prefault('30d')
    .describe(
      'How long prompts and answers are kept, as far as `payloads` keeps them; a day less than rows at most, which say whose they are.',
    ),
  rows: duration('a time from 1d to 3660d, such as 396d', day, 3_660 * day)
    .prefault('396d')
    .describe('How long rows of the ledger are kept. 396d is 13 months; sums are kept for ever.'),
})
  .prefault({})
  .describe('How long things are kept. What is older is deleted, indexes and all.')

export const ledger = section({
  when_unavailable: oneOf(['refuse', 'serve'])
    .prefault('refuse')
    .describe(
      'What becomes of calls while the journal cannot be written, because the disk is full or broken. refuse: 503. serve: they are answered, their rows wait in memory, and an alarm says so; rows that still wait when the process dies are lost.',
    ),
  queue: size('a size from 1MB to 1GB such as 64MB', 1_000_000, 1_000_000_000)
    .prefault('64MB')
    .describe(
      'What may wait in memory meanwhile. Half of it full, calls are refused either way; the rest is kept for those under way.',
    ),
})
  .prefault({})
  .describe('The ledger on a disk that fails. Changes take effect at the next start.')

export const files = section({
  size: size('a size from 1MB to 1GB such as 200MB', 1_000_000, 1_000_000_000)
    .prefault('200MB')
    .describe(
      'The largest file that may be uploaded to `/v1/files`. It is held in memory meanwhile.',
    ),
  total: size('a size from 1MB to 1000GB such as 10GB', 1_000_000, 1_000_000_000_000)
    .prefault('10GB')
    .describe('All files together that the gateway itself keeps. What is more is refused.'),
  keep: duration('a time from 1h to 3660d, such as 30d', 3_600_000, 3_660 * day)
    .prefault('30d')
    .describe('How long the gateway itself keeps a file, and what became of a batch.'),
})
  .prefault({})
  .describe('Files that the gateway itself keeps: those of batches that it runs, and their output.')

export const batches = section({
  concurrent: whole('a number of calls from 1 to 1000', 1, 1_000)
    .prefault('4')
    .describe('Lines of all batches that the gateway runs itself, at the same moment.'),
  at_vendors: flag()
    .prefault('true')
    .describe(
      "Whether lines of a batch with a deadline of a day or more may go into vendors' own batches, where those have a lower price for them.",
    ),
})
  .prefault({})
  .describe('Batches that the gateway runs itself. See the guide on files and batches.')
