import { flag, list, section, value } from './form.ts'
import { size } from './values.ts'

export const media = section({
  fetch: flag()
    .prefault('false')
    .describe(
      'Whether the gateway fetches pictures and documents that a call names by address, for models that take only their bytes. Without it such a call is refused.',
    ),
  size: size('a size from 1kB to 100MB such as 20MB', 1_000, 100_000_000)
    .prefault('20MB')
    .describe('All that is fetched for one call, at most.'),
  origins: list(
    value('an origin such as http://media.internal:9000', { type: 'string' }, (text) =>
      URL.canParse(text) && /^https?:\/\/[^/?#@]+$/i.test(text) ? new URL(text).origin : null,
    ),
    'a list of origins such as [http://media.internal:9000]',
  )
    .optional()
    .describe(
      'Places that may be anywhere, also in a private network: they are permitted by standing here. All others have to be on the open internet.',
    ),
})
  .prefault({})
  .describe('Pictures and documents that calls name by address.')
