import { list, oneOf, section, value } from './form.ts'
import { bounds } from './limits.ts'
import { id, idPattern } from './names.ts'
import { secret } from './values.ts'

export const key = section({
  id: id.describe('Its name, on the ledger and in limits.'),
  secret: secret('the key that the caller sends', 16, 512).describe(
    'What the caller sends as Bearer, x-api-key or x-goog-api-key: 16 characters or more.',
  ),
  role: oneOf(['caller', 'viewer', 'admin'])
    .prefault('caller')
    .describe('caller makes calls, viewer also reads the control wing, admin may do everything.'),
  env: value('a name such as production', { type: 'string' }, (text) =>
    new RegExp(idPattern).test(text) ? text : null,
  )
    .optional()
    .describe('What kind of traffic it carries, told apart in every figure: production, staging.'),
  tasks: list(
    value('a task, a provider/model or a provider/*', { type: 'string' }, (text) =>
      text === '' ? null : text,
    ),
    'a list of tasks',
  )
    .optional()
    .describe('All that it may call: tasks, provider/model or provider/*. Unset: everything.'),
  ...bounds,
}).describe('A credential of a caller.')
