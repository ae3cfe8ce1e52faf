import Anthropic from '@anthropic-ai/sdk'

const anthropic = new Anthropic({
  baseURL: 'http://127.0.0.1:34017',
  apiKey: process.env['FREEHOLD_KEY'],
})

const tools: Anthropic.Tool[] = [
  {
    name: 'get_weather',
    description: 'Current weather of a city',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
]
const messages: Anthropic.MessageParam[] = [
  { role: 'user', content: 'Use get_weather for the weather in Oslo' },
]

const asked = await anthropic.messages.create({ model: 'hello', max_tokens: 500, messages, tools })
messages.push({ role: 'assistant', content: asked.content })
const results = asked.content.flatMap((block): Anthropic.ToolResultBlockParam[] =>
  block.type === 'tool_use'
    ? [{ type: 'tool_result', tool_use_id: block.id, content: '4 degrees and rain' }]
    : [],
)
messages.push({ role: 'user', content: results })
const told = await anthropic.messages.create({ model: 'hello', max_tokens: 500, messages, tools })
for (const block of told.content) if (block.type === 'text') console.log(block.text)
