import * as z from 'zod'
import { economics } from './economics.ts'
import { entries, kindMessage, oneOf, section, value } from './form.ts'
import { batches, files, ledger, retention, store } from './keeping.ts'
import { key } from './key.ts'
import { bounds } from './limits.ts'
import { media } from './media.ts'
import { callerName, model, modelName, providerName, taskName } from './names.ts'
import { ownPrice } from './own-price.ts'
import { provider } from './provider.ts'
import { alarms, server, timezone } from './server.ts'
import { task } from './task.ts'

/**
 * Every setting of freehold.yaml, documented where it is declared: the reference page, the editor's
 * JSON Schema and the checks are all made from here.
 *
 * The schema reads the tree of `read.ts`, in which each value is the text that was written.
 */

export const configSchema = section({
  $schema: value('the address of a JSON Schema', { type: 'string' }, (text) => text)
    .optional()
    .describe('For editors of a file in JSON. In YAML the first line says it.'),
  server,
  store: store
    .prefault('./data')
    .describe('The folder of the ledger and of all that is kept, from this file on.'),
  timezone: timezone
    .prefault('UTC')
    .describe('Where days, weeks and months of budgets begin: UTC, Europe/Berlin.'),
  payloads: oneOf(['full', 'redacted', 'none'])
    .prefault('redacted')
    .describe('What is kept of prompts and answers. redacted: without personal data and secrets.'),
  alarms,
  ledger,
  retention,
  files,
  batches,
  media,
  unknown_prices: oneOf(['serve', 'refuse'])
    .prefault('serve')
    .describe(
      'Whether a model without a price is served. Its cost is unknown then, counted and alarmed; budgets refuse it either way.',
    ),
  providers: entries(providerName, provider, 'providers by name')
    .prefault({})
    .describe('Who can be asked. With a configuration file only these are live, and sim.'),
  tasks: entries(
    taskName,
    z.union([model, task], { error: ({ input }) => kindMessage(input, 'a model, or settings') }),
    'tasks by name',
  )
    .prefault({})
    .describe('The names that applications call. The whole swap is the string behind one.'),
  keys: z
    .array(key, { error: ({ input }) => kindMessage(input, 'a list of keys') })
    .prefault([])
    .describe('Who may call. Keys can also be made by command; those are kept in the store.'),
  customers: entries(callerName, section(bounds), 'customers by name')
    .prefault({})
    .describe('Limits for whom calls are made; default is for each one that is not named.'),
  features: entries(callerName, section(bounds), 'features by name')
    .prefault({})
    .describe('Limits for what calls are made for.'),
  economics,
  prices: entries(modelName, ownPrice, 'prices by provider/model')
    .prefault({})
    .describe('Own contracts and own machines. Everything else comes from the catalog.'),
})

/** The file as it is meant: durations in milliseconds, sizes in bytes, secrets as such. */
export type Config = z.output<typeof configSchema>
