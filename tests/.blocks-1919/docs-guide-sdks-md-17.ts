import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { z } from 'zod'

const settings = {
  apiKey: process.env['FREEHOLD_KEY']!,
  configuration: { baseURL: 'http://127.0.0.1:34017/v1' },
  maxRetries: 0,
}
const chat = new ChatOpenAI({ ...settings, model: 'hello' })
const getWeather = tool(() => '4 degrees and rain', {
  name: 'get_weather',
  description: 'Current weather of a city',
  schema: z.object({ city: z.string() }),
})

const asking = new HumanMessage('Use get_weather for the weather in Oslo')
const withTools = chat.bindTools([getWeather])
const turn = await withTools.invoke([asking])
const results = (turn.tool_calls ?? []).map(
  ({ id }) => new ToolMessage({ tool_call_id: id!, content: '4 degrees and rain' }),
)
console.log((await withTools.invoke([asking, turn, ...results])).text)

const place = z.object({ name: z.string(), size: z.number() })
const oslo = await chat.withStructuredOutput(place).invoke('Describe Oslo.')
const embeddings = new OpenAIEmbeddings({ ...settings, model: 'sim/embed' })
console.log(oslo.name, (await embeddings.embedDocuments(['one text', 'another text'])).length)
