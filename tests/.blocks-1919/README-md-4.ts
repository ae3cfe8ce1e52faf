import Anthropic from '@anthropic-ai/sdk'

const anthropic = new Anthropic({
  baseURL: 'http://127.0.0.1:34017',
  apiKey: process.env['FREEHOLD_KEY'],
})
const message = await anthropic.messages.create({
  model: 'sim/small',
  max_tokens: 200,
  messages: [{ role: 'user', content: 'What is 17 * 23?' }],
})
console.log(message.content)
