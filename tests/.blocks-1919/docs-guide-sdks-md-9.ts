import OpenAI, { toFile } from 'openai'

const openai = new OpenAI({
  baseURL: 'http://127.0.0.1:34017/v1',
  apiKey: process.env['FREEHOLD_KEY'],
})

const drawn = await openai.images.generate({ model: 'sim/painter', prompt: 'a red boat' })
console.log(drawn.data?.[0]?.b64_json?.length, 'characters of base64')

const speech = await openai.audio.speech.create({
  model: 'sim/voice',
  voice: 'alloy',
  input: 'Hello over there.',
  response_format: 'wav',
})
const file = await toFile(await speech.arrayBuffer(), 'hello.wav')
const heard = await openai.audio.transcriptions.create({ model: 'sim/scribe', file })
console.log(heard.text)
