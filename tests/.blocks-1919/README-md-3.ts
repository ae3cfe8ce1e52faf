import OpenAI from 'openai'

const openai = new OpenAI({
  baseURL: 'http://127.0.0.1:34017/v1',
  apiKey: process.env['FREEHOLD_KEY'],
})
const answer = await openai.chat.completions.create({
  model: 'sim/small',
  messages: [{ role: 'user', content: 'What is 17 * 23?' }],
})
console.log(answer.choices[0]?.message.content)
