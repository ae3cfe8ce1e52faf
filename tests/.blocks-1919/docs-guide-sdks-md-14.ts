import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText } from 'ai'

const apiKey = process.env['FREEHOLD_KEY']!
const openai = createOpenAI({ apiKey, baseURL: 'http://127.0.0.1:34017/v1' }) // Responses; openai.chat(...) for chats
const anthropic = createAnthropic({ apiKey, baseURL: 'http://127.0.0.1:34017/v1' })
const google = createGoogle({ apiKey, baseURL: 'http://127.0.0.1:34017/v1beta' })

for (const model of [openai('hello'), anthropic('hello'), google('hello')]) {
  const { text, usage } = await generateText({
    model,
    prompt: 'What is 17 * 23?',
    maxOutputTokens: 200,
    maxRetries: 0,
    headers: { 'x-freehold-customer': 'acme' },
  })
  console.log(text, usage.totalTokens)
}
