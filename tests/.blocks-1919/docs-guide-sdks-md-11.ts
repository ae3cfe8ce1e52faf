import Anthropic from '@anthropic-ai/sdk'

const anthropic = new Anthropic({
  baseURL: 'http://127.0.0.1:34017',
  apiKey: process.env['FREEHOLD_KEY'],
})

const stream = anthropic.messages.stream({
  model: 'hello',
  max_tokens: 200,
  messages: [{ role: 'user', content: 'Name three rivers.' }],
})
stream.on('text', (text) => process.stdout.write(text))
const { usage } = await stream.finalMessage()
console.log(`\n${usage.output_tokens} tokens`)
