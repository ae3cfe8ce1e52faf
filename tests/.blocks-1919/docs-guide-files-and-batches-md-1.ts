import OpenAI from 'openai'

const openai = new OpenAI({
  baseURL: 'http://127.0.0.1:34017/v1',
  apiKey: process.env['FREEHOLD_KEY'],
  defaultHeaders: { 'x-freehold-provider': 'freehold' },
})

const requests = ['What is 17 * 23?', 'Say hello.'].map((content, index) => ({
  custom_id: `question-${index}`,
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'hello', messages: [{ role: 'user', content }] },
}))
const lines = requests.map((request) => JSON.stringify(request)).join('\n')

const file = await openai.files.create({
  file: new File([lines], 'questions.jsonl'),
  purpose: 'batch',
})
let batch = await openai.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/chat/completions',
  completion_window: '24h',
})
while (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) {
  await new Promise((resolve) => setTimeout(resolve, 200))
  batch = await openai.batches.retrieve(batch.id)
}
console.log(batch.request_counts)
if (batch.output_file_id) console.log(await (await openai.files.content(batch.output_file_id)).text())
