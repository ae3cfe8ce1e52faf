import { expect, test } from 'bun:test'
import { byDeployment } from './deployment.ts'
import { aTarget, callOf, placeOf } from './meaning.suite.ts'
import { openaiChat } from './openai-chat/index.ts'

const messages = [{ role: 'user', content: 'Hello.' }]
const azureChat = byDeployment(openaiChat)

test.each([
  ['the body names none', { messages }],
  ['the body names another', { model: 'gpt-4o', messages }],
  ['the body names the same', { model: 'my/deployment', messages }],
])('the deployment in the path is the model when %s', (_case, body) => {
  const call = callOf(azureChat, body, placeOf('my/deployment'))
  expect(call.model).toBe('my/deployment')
  expect(call.dialect).toBe('openai-chat')
  expect(JSON.parse(azureChat.writeCall(call, aTarget('other')).text)).toEqual({
    model: 'other',
    messages,
  })
})
