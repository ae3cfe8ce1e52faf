import type { Caller, Question } from '../../../core/caller.ts'
import { usd } from '../../../core/money.ts'
import { anAnswer } from '../scene.suite.ts'

/** For tests of judges. */

/** A judge that is a function of what it is shown; what it was asked is written down. */
export function judge(reply: (text: string, question: Question) => unknown, cost = usd('0.001')) {
  const asked: Question[] = []
  const ask: Caller = async (question) => {
    asked.push(question)
    const said = reply(String(question.messages[1]!.content), question)
    return anAnswer({ text: typeof said === 'string' ? said : JSON.stringify(said), cost })
  }
  return { asked, ask }
}

/** What stands between the marks of this title. */
export function shown(title: string, text: string): string {
  return new RegExp(`\\[${title} \\w+\\]\\n([\\s\\S]*?)\\n\\[end of`).exec(text)?.[1] ?? ''
}
