import OpenAI from 'openai'

const openai = new OpenAI({
  baseURL: 'http://127.0.0.1:34017/v1',
  apiKey: process.env['FREEHOLD_KEY'],
})

const first = await openai.responses.create({ model: 'hello', input: 'What is 17 * 23?' })
console.log(first.output_text)

const stream = await openai.responses.create({
  model: 'sim/large',
  previous_response_id: first.id,
  input: 'And that times two?',
  stream: true,
})
for await (const event of stream) {
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta)
}
