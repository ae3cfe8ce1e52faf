import { ChatAnthropic } from '@langchain/anthropic'
import { ChatGoogle } from '@langchain/google'
import { ChatOpenAI } from '@langchain/openai'

const apiKey = process.env['FREEHOLD_KEY']!
const settings = { model: 'hello', apiKey, maxRetries: 0 }
const defaultHeaders = { 'x-freehold-customer': 'acme' }

const models = [
  new ChatOpenAI({
    ...settings,
    configuration: { baseURL: 'http://127.0.0.1:34017/v1', defaultHeaders },
    useResponsesApi: false, // or true
  }),
  new ChatAnthropic({
    ...settings,
    anthropicApiUrl: 'http://127.0.0.1:34017',
    clientOptions: { defaultHeaders },
  }),
  new ChatGoogle({
    ...settings,
    platformType: 'gai',
    endpoint: 'http://127.0.0.1:34017',
    customHeaders: defaultHeaders,
  }),
]
for (const model of models) {
  const answer = await model.invoke('What is 17 * 23?')
  console.log(answer.text)
}
