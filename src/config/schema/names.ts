import { isModelName, modelPattern } from '../model-name.ts'
import { matching, named, value } from './form.ts'

export const idPattern = '^[A-Za-z0-9_.:@-]{1,100}$'

const idWords = 'letters, digits and _ . : @ -, at most 100 of them'

export const id = value(`a name of ${idWords}`, { type: 'string', pattern: idPattern }, (text) =>
  new RegExp(idPattern).test(text) ? text : null,
)

export const providerName = named(new RegExp(idPattern), `a provider: it takes ${idWords}`)

export const taskName = named(
  /^[A-Za-z0-9_.:@-]([A-Za-z0-9_.:@/-]{0,98}[A-Za-z0-9_.:@-])?$/,
  `a task: it takes ${idWords}, and slashes between them`,
)

export const callerName = named(
  /^[ -~\u00a0-\uffff]{1,200}$/,
  'whom calls are made for: it takes 1 to 200 characters, without control characters',
)

const modelWords = 'provider/model, such as deepseek/deepseek-v4-flash'

export const modelName = named(new RegExp(modelPattern), `a model: it takes ${modelWords}`)

export const model = value(modelWords, matching(modelPattern), (text) =>
  isModelName(text) ? text : null,
).describe('A model at a provider: provider/model.')
