import OpenAI from 'openai'

const openai = new OpenAI({
  baseURL: 'http://127.0.0.1:34017/v1',
  apiKey: process.env['FREEHOLD_KEY'],
})

const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Current weather of a city',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      },
    },
  },
]
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'user', content: 'Use get_weather for the weather in Oslo' },
]

const asked = await openai.chat.completions.create({ model: 'hello', messages, tools })
const turn = asked.choices[0]!.message
messages.push(turn)
for (const call of turn.tool_calls ?? []) {
  messages.push({ role: 'tool', tool_call_id: call.id, content: '4 degrees and rain' })
}
const told = await openai.chat.completions.create({ model: 'hello', messages, tools })
console.log(told.choices[0]?.message.content)
