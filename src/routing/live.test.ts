import { describe, expect, test } from 'bun:test'
import { type Chat, noExtra } from '../core/call.ts'
import type { ChatReply } from '../core/reply.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { callOf } from '../dialects/meaning.suite.ts'
import { promptOf } from './answers.ts'
import { calibrate } from './calibrated/calibrate.ts'
import { hashOfRule, readFitted } from './calibrated/fitted.ts'
import { policyVersion, writeRule } from './calibrated/policy-file.ts'
import { follow, type Routed, type Rule } from './calibrated/rule.ts'
import type { Outcome, Row } from './calibrated/table.ts'
import { townOf } from './calibrated/town.suite.ts'
import { judge } from './cascade.ts'
import { decide } from './learned.ts'

/**
 * What was proven on a table holds for live calls only when they are decided alike: the same rule, read
 * from its file, has to ask the strong model for the same rows.
 */

function chatOf(prompt: string): Chat {
  const messages = [
    { role: 'system', content: 'Answer in a few words.' },
    { role: 'user', content: prompt },
  ]
  const meaning = callOf(openaiChat, { model: 'task', messages }).meaning()
  if (meaning.operation !== 'chat') throw new TypeError('a chat is a chat')
  return meaning
}

function replyOf({ response, confidence }: Outcome): ChatReply {
  const logprob = confidence?.['mean_logprob']
  return {
    operation: 'chat',
    id: null,
    model: null,
    createdS: null,
    choices: [
      {
        index: 0,
        parts: [{ type: 'text', text: response ?? '', extra: noExtra }],
        ending: { finish: 'stop', word: 'stop', stopSequence: null },
        logprobs: logprob === undefined ? null : { content: [{ token: 'a', logprob }] },
        extra: noExtra,
      },
    ],
    measured: null,
    extra: noExtra,
  }
}

/** Whether a live call with this row's words goes to the strong model. */
function escalates(rule: Routed, { prompt, results }: Row): boolean {
  const chat = chatOf(prompt)
  const asked = promptOf(chat)
  const { asks } = decide(rule, asked)
  if (asks !== 'cheap-first') return asks === 'strong'
  const others = rule.second === null ? [] : [replyOf(results.get(rule.second)!)]
  return !judge(rule, chat, asked, replyOf(results.get(rule.cheap)!), others).accepted
}

function throughFile(rule: Rule): Rule {
  const written = writeRule(rule)
  const policy = {
    freehold: 'routing-policy',
    version: policyVersion,
    strong: 'large',
    quality: 0.95,
    sha256: hashOfRule(written),
    rule: written,
  }
  return readFitted(JSON.stringify(policy)).rule
}

const towns = {
  'where the model knows how sure it is': townOf({
    rows: 1_500,
    seed: 1,
    easy: 0.97,
    hard: 0.4,
    strong: 0.97,
    confident: true,
  }),
  'where only the words tell': townOf({
    rows: 1_500,
    seed: 2,
    easy: 0.97,
    hard: 0.3,
    strong: 0.97,
  }),
}

describe.each(Object.entries(towns))('a rule of a town %s', (_town, rows) => {
  const asked = { cheap: ['small'], strong: 'large', quality: 0.9, confidence: 0.9, seed: 1 }
  const steps = calibrate(rows, asked)
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  const { rule } = step.value

  test('decides live as it did on the table', () => {
    const read = throughFile(rule)
    if (read.method === 'static') throw new TypeError('the town has nothing to route')
    const onTable = rows.map(
      ({ prompt, results }) => follow(rule, { prompt, results }, 'large')!.escalated,
    )
    const live = rows.map((row) => escalates(read, row))
    expect(new Set(onTable)).toEqual(new Set([true, false]))
    expect(live).toEqual(onTable)
    // And again: nothing is drawn, nothing is remembered.
    expect(rows.map((row) => escalates(read, row))).toEqual(live)
  })

  test('asks the strong model when what it was fitted to read does not come', () => {
    const read = throughFile(rule) as Routed
    if (read.scorer === null || read.scorer.reads.keys.length === 0) return
    const silent = replyOf({ ...rows[0]!.results.get('small')!, confidence: null })
    const { accepted, score } = judge(read, chatOf('Hello'), 'Hello', silent, [])
    expect([accepted, score]).toEqual([false, Number.POSITIVE_INFINITY])
  })
})

test('two cheap models are compared as on the table', () => {
  const rule: Routed = {
    method: 'agreement',
    cheap: 'small',
    second: 'other',
    strong: 'large',
    scorer: null,
    threshold: 0.5,
    direct: null,
  }
  const said = (response: string): Outcome => ({
    score: 0,
    costUsd: 1,
    checkUsd: 0,
    response,
    answer: undefined,
    confidence: null,
  })
  const words = ['Blue.', 'blue', '1,000', '1000', 'red', `long ${'word '.repeat(60)}`]
  for (const left of words) {
    for (const right of words) {
      const results = new Map([
        ['small', said(left)],
        ['other', said(right)],
        ['large', said('x')],
      ])
      const row: Row = { id: 'a', prompt: 'Name one.', results }
      const onTable = follow(rule, row, 'large')!
      expect(escalates(rule, row)).toBe(onTable.escalated)
    }
  }
})
