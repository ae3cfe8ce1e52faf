import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { Problem, type Door, type Event, type Said } from './dialect.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiEmbeddings } from './openai-embeddings.ts'
import { openaiWords } from './openai.ts'

/**
 * Azure OpenAI: /openai/deployments/NAME/... with an `api-version`, and /openai/v1/...
 * Source: https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference and recorded exchanges (read 2026-11-22).
 */
export const azure: Door = {
  method: 'POST',
  path: '/openai/**',
  ...openaiWords,
  refuse: ({ status, message, code }) => ({ error: { code: code ?? String(status), message } }),
  answer(request, world) {
    const { path, query, headers } = request
    if (
      headers['api-key'] === undefined &&
      headers.authorization?.startsWith('Bearer eyJ') !== true
    )
      throw new Problem(401, 'Access denied due to invalid subscription key or wrong API endpoint.')
    const found = /\/openai\/(?:v1|deployments\/([^/]+))\/(chat\/completions|embeddings)$/.exec(
      path,
    )
    const deployment = found?.[1]
    if (!found || (deployment !== undefined && !query.has('api-version')))
      throw new Problem(404, 'Resource not found')
    const body = isObject(request.body) ? request.body : {}
    const model = deployment === undefined ? body.model : decodeURIComponent(deployment)
    const named = { ...request, body: { ...body, model: model ?? null } }
    if (found[2] === 'embeddings') return openaiEmbeddings.answer(named, world)
    return filtered(openaiChat.answer(named, world))
  },
}

/** The same behind an address that ends in a version. */
export const azureV1: Door = { ...azure, path: '/v1/openai/**' }

/** The deployment that a path of Azure's names; null for other paths. */
export function modelInDeployment(path: string): string | null {
  const found = /\/openai\/deployments\/([^/]+)\//.exec(path)
  return found ? decodeURIComponent(found[1]!) : null
}

const safe = {
  hate: { filtered: false, severity: 'safe' },
  violence: { filtered: false, severity: 'safe' },
}
const prompt = [{ prompt_index: 0, content_filter_results: safe }]

/** What the filters found stands beside an answer, in a stream before it. */
function filtered(said: Said): Said {
  return {
    ...said,
    whole: () => ({ ...judged(said.whole()), prompt_filter_results: prompt }),
    events: said.events && (() => judgedEvents(said.events!())),
  }
}

function* judgedEvents(events: Iterable<Event>): Generator<Event> {
  const data = {
    choices: [],
    created: 0,
    id: '',
    model: '',
    object: '',
    prompt_filter_results: prompt,
  }
  yield { name: null, data, mark: 'other', tokens: 0 }
  for (const event of events)
    yield { ...event, data: isObject(event.data) ? judged(event.data) : event.data }
}

function judged(answer: Json): JsonObject {
  const object = isObject(answer) ? answer : {}
  if (!isList(object.choices)) return object
  const choices = object.choices.filter(isObject)
  return {
    ...object,
    choices: choices.map((choice) => ({ ...choice, content_filter_results: safe })),
  }
}
