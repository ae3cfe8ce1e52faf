/**
 * The fields of OpenAI's answers that clients rely on, in our own words, so that they are looked at
 * where its whole schema is not at hand. Names are those of its components.
 * @see https://platform.openai.com/docs/api-reference (read 2026-11-22)
 */
const text = { type: 'string' }
const count = { type: 'integer', minimum: 0 }
const textOrNull = { type: ['string', 'null'] }

function object(required: Record<string, object>, optional: Record<string, object> = {}): object {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
  }
}

function list(items: object): object {
  return { type: 'array', items }
}

const usage = object({ prompt_tokens: count, completion_tokens: count, total_tokens: count })
const ends = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call']
const called = object({ name: text, arguments: text })

export const fields: Readonly<Record<string, object>> = {
  CreateChatCompletionResponse: object(
    {
      id: text,
      object: { const: 'chat.completion' },
      created: count,
      model: text,
      choices: list(
        object({
          index: count,
          finish_reason: { enum: ends },
          message: object(
            { role: { const: 'assistant' }, content: textOrNull, refusal: textOrNull },
            {
              tool_calls: list(object({ id: text, type: { const: 'function' }, function: called })),
            },
          ),
        }),
      ),
    },
    { usage },
  ),
  CreateChatCompletionStreamResponse: object(
    {
      id: text,
      object: { const: 'chat.completion.chunk' },
      created: count,
      model: text,
      choices: list(
        object({
          index: count,
          finish_reason: { enum: [...ends, null] },
          delta: object(
            {},
            {
              role: { const: 'assistant' },
              content: textOrNull,
              tool_calls: list(object({ index: count, function: object({ arguments: text }) })),
            },
          ),
        }),
      ),
    },
    { usage: { anyOf: [usage, { type: 'null' }] } },
  ),
  CreateCompletionResponse: object(
    {
      id: text,
      object: { const: 'text_completion' },
      created: count,
      model: text,
      choices: list(object({ index: count, text, finish_reason: textOrNull })),
    },
    { usage: { anyOf: [usage, { type: 'null' }] } },
  ),
  CreateEmbeddingResponse: object({
    object: { const: 'list' },
    model: text,
    data: list(
      object({
        object: { const: 'embedding' },
        index: count,
        embedding: { anyOf: [text, list({ type: 'number' })] },
      }),
    ),
    usage: object({ prompt_tokens: count, total_tokens: count }),
  }),
  CreateModerationResponse: object({
    id: text,
    model: text,
    results: list(
      object({
        flagged: { type: 'boolean' },
        categories: { type: 'object' },
        category_scores: { type: 'object' },
      }),
    ),
  }),
  ImagesResponse: object(
    { created: count, data: list(object({}, { b64_json: textOrNull, url: textOrNull })) },
    { usage: object({ input_tokens: count, output_tokens: count, total_tokens: count }) },
  ),
  ListModelsResponse: object({
    object: { const: 'list' },
    data: list(object({ id: text, object: { const: 'model' }, created: count, owned_by: text })),
  }),
  ErrorResponse: object({
    error: object({ message: text, type: text, param: textOrNull, code: textOrNull }),
  }),
}
