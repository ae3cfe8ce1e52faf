import OpenAI from 'openai'

const openai = new OpenAI({
  baseURL: 'http://127.0.0.1:34017/v1',
  apiKey: process.env['FREEHOLD_KEY'],
})

const { data, response } = await openai.embeddings
  .create({ model: 'sim/embed', input: ['one text', 'another text'] })
  .withResponse()
console.log(data.data.length, 'vectors by', response.headers.get('x-freehold-model'))
console.log(response.headers.get('x-freehold-cost-usd'), 'USD')
