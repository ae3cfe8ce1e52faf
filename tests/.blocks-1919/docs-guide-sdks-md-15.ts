import { createOpenAI } from '@ai-sdk/openai'
import { embedMany, generateText, isStepCount, Output, streamText, tool } from 'ai'
import { z } from 'zod'

const openai = createOpenAI({
  apiKey: process.env['FREEHOLD_KEY']!,
  baseURL: 'http://127.0.0.1:34017/v1',
})
const getWeather = tool({
  description: 'Current weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: () => '4 degrees and rain',
})

const { textStream } = streamText({
  model: openai('hello'),
  prompt: 'Use get_weather for the weather in Oslo',
  tools: { get_weather: getWeather },
  stopWhen: isStepCount(3),
  maxRetries: 0,
})
for await (const piece of textStream) process.stdout.write(piece)

const { output } = await generateText({
  model: openai('hello'),
  prompt: 'Describe Oslo.',
  output: Output.object({ schema: z.object({ name: z.string(), size: z.number() }) }),
  maxRetries: 0,
})
const { embeddings } = await embedMany({
  model: openai.embeddingModel('sim/embed'),
  values: ['one text', 'another text'],
  maxRetries: 0,
})
console.log(`\n${output.name}, ${embeddings.length} vectors`)
