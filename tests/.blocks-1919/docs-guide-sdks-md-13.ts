import { GoogleGenAI } from '@google/genai'

const google = new GoogleGenAI({
  apiKey: process.env['FREEHOLD_KEY']!,
  httpOptions: { baseUrl: 'http://127.0.0.1:34017' },
})

const answer = await google.models.generateContent({
  model: 'hello',
  contents: 'What is 17 * 23?',
  config: { systemInstruction: 'Be brief.' },
})
console.log(answer.text)

const stream = await google.models.generateContentStream({
  model: 'hello',
  contents: 'Name three rivers.',
})
for await (const chunk of stream) process.stdout.write(chunk.text ?? '')

const { embeddings } = await google.models.embedContent({
  model: 'sim/embed',
  contents: ['one text', 'another text'],
})
console.log(`\n${embeddings?.length} vectors`)
