import Anthropic from '@anthropic-ai/sdk'

const anthropic = new Anthropic({
  baseURL: 'http://127.0.0.1:34017',
  apiKey: process.env['FREEHOLD_KEY'],
})

const message = await anthropic.messages.create({
  model: 'hello',
  max_tokens: 200,
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'What is 17 * 23?' }],
})
for (const block of message.content) if (block.type === 'text') console.log(block.text)
