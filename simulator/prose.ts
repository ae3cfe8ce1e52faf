import { between, choose, type Chance } from './chance.ts'
import { tokensOf } from './tokens.ts'

const openings = [
  'In short,',
  'Broadly speaking,',
  'As far as I can tell,',
  'The usual answer is that',
  'Most people would say that',
  'It helps to begin with this:',
] as const

const links = [
  'That said,',
  'At the same time,',
  'For the same reason,',
  'In practice,',
  'As a rule,',
  'To be precise,',
  'On the other hand,',
] as const

const subjects = [
  'the first step',
  'a careful reader',
  'the whole picture',
  'a small example',
  'the common case',
  'the exception',
  'a good measure',
  'the order of things',
  'an honest estimate',
] as const

const verbs = [
  'depends on',
  'follows from',
  'says little without',
  'is easier to see beside',
  'has more to do with',
  'can be checked against',
  'rarely differs from',
  'changes with',
] as const

const objects = [
  'what was measured before',
  'the question itself',
  'the numbers at hand',
  'a second opinion',
  'how often it happens',
  'what it costs to be wrong',
  'the terms that were agreed',
  'time and place',
] as const

const asides = [
  '',
  '',
  '',
  ', and not the other way round',
  ', at least for now',
  ', within reason',
]

/** Sentences of about so many tokens that come back to the topics of the prompt. */
export function prose(random: Chance, prompt: string, tokens: number): string {
  const topics = topicsOf(prompt)
  const sentences: string[] = []
  for (let left = tokens; left > 0;) {
    const link = sentences.length === 0 ? choose(random, openings) : choose(random, links)
    const subject =
      topics.length > 0 && random() < 0.5 ? `“${choose(random, topics)}”` : choose(random, subjects)
    const sentence = `${link} ${subject} ${choose(random, verbs)} ${choose(random, objects)}${choose(random, asides)}.`
    sentences.push(sentence)
    left -= tokensOf(sentence).length
  }
  return sentences.join(' ')
}

/** What a model thinks before it answers. */
export function thought(random: Chance, prompt: string, tokens: number): string {
  const topic = topicsOf(prompt)[0] ?? 'this'
  const steps = [`The question is about ${topic}.`]
  for (let left = tokens; left > 0;) {
    const step = `Step ${steps.length}: ${choose(random, subjects)} ${choose(random, verbs)} ${choose(random, objects)}; that leaves ${between(random, 2, 9)} possibilities.`
    steps.push(step)
    left -= tokensOf(step).length
  }
  return [...steps, 'So I can answer.'].join(' ')
}

/** The longer words of a prompt, each once; of a long prompt those at its end. */
function topicsOf(prompt: string): readonly string[] {
  const words = prompt.slice(-2000).match(/\p{L}{5,20}/gu) ?? []
  return [...new Set(words)].slice(-8)
}
