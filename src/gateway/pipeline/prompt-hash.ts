import type { Chat } from '../../core/call.ts'

/**
 * Names what a task says with each of its calls: system prompt, tools, the form of the answer. A policy that
 * was proven with one says nothing of another.
 */
export function promptHash({ messages, tools, format }: Chat): string {
  const standing = messages
    .filter(({ role }) => role === 'system' || role === 'developer')
    .map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')))
  const named = tools.map(({ name, description, schema }) => [name, description, schema])
  const text = JSON.stringify([standing, named, format])
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 16)
}
