import { entries, named, section } from './form.ts'
import { price, whole } from './values.ts'

const ownPriceWords = 'USD per million tokens such as 0.15'

const calls = 'USD per million calls such as 5000'

const perKind = {
  input: price(ownPriceWords).optional().describe('USD per million tokens that go in.'),
  output: price(ownPriceWords).optional().describe('USD per million tokens that come out.'),
  cache_read: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens read from the cache.'),
  cache_write: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens written to the cache for 5 minutes.'),
  cache_write_1h: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens written to the cache for an hour.'),
  reasoning: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of thought. Unset: as output.'),
  audio_in: price(ownPriceWords).optional().describe('USD per million tokens of sound that go in.'),
  audio_out: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of sound that come out.'),
  search: price(calls).optional().describe('USD per million calls of a paid search tool.'),
  image_in: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of pictures that go in. Unset: as input.'),
  image_out: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of pictures that come out. Unset: as output.'),
  images: price('USD per million pictures such as 40000')
    .optional()
    .describe('USD per million pictures that are made, where a picture has a price of its own.'),
  characters: price('USD per million characters such as 15')
    .optional()
    .describe('USD per million characters that are spoken.'),
  seconds: price('USD per million seconds such as 100')
    .optional()
    .describe('USD per million seconds of sound that are written down.'),
}

export const ownPrice = section({
  ...perKind,
  modes: entries(
    named(/^[a-z][a-z0-9_-]{0,30}$/, 'a mode of service, such as batch, flex or priority'),
    section(perKind),
    'prices by mode of service',
  )
    .optional()
    .describe(
      'What it costs where it is not served as usual: batch, flex, priority, as the provider calls it. Unset: as the catalog says.',
    ),
  gpus: whole('a number of cards from 1', 1, 100_000)
    .optional()
    .describe("Cards that serve the model, for a machine of one's own."),
  usd_per_gpu_hour: price('USD for an hour of one card, such as 1.79')
    .optional()
    .describe('What an hour of one card costs.'),
}).describe("An own contract, or a machine of one's own. 0 is free; what is absent is not known.")
