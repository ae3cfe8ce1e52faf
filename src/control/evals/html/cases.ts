import type { ChatMessage } from '../../../core/caller.ts'
import { usdText } from '../../../core/money.ts'
import type { CheckGrade } from '../grade.ts'
import type { Report } from '../report.ts'
import type { Result } from '../run.ts'
import type { EvalCase } from '../suite.ts'
import { html, type Markup } from './markup.ts'
import { wordsDiff } from './words-diff.ts'

/** A page with more takes long to open; the JSON has all. */
const casesMax = 500

/** Every case with its answers, those first on which models differ or fail. */
export function casesSection(report: Report): Markup {
  const names = report.models.map(({ model }) => model)
  // All answers of one model, then those of the next.
  const sorted = report.results.toSorted(
    (one, other) => names.indexOf(one.job.model) - names.indexOf(other.job.model),
  )
  const byCase = Map.groupBy(sorted, ({ job }) => job.each.id)
  const all = report.plan.cases.map((each) => ({ each, results: byCase.get(each.id) ?? [] }))
  const shown = all.toSorted((one, other) => interest(other.results) - interest(one.results))
  const left = shown.length - casesMax
  return html`<h2>Cases</h2>
    <p class="faint small">
      Those on which models differ stand first, then those that fail. Their scores are those of
      ${names.join(', ')}, in this order.
      ${left > 0 ? `${left} more are in the JSON report.` : null}
    </p>
    ${shown.slice(0, casesMax).map(({ each, results }) => caseMarkup(each, results, report))}`
}

/** 2: models differ; 1: something is wrong or has no verdict; 0: all are right. */
function interest(results: readonly Result[]): number {
  const scores = results.map(({ grade }) => grade?.score ?? null)
  if (new Set(scores.filter((score) => score !== null)).size > 1) return 2
  return scores.every((score) => score === 1) ? 0 : 1
}

function caseMarkup(each: EvalCase, results: readonly Result[], report: Report): Markup {
  const { id, messages, expected, description, place } = each
  const last = messages.findLast(({ role }) => role === 'user') ?? messages.at(-1)
  const said = expected === undefined ? null : textOf(expected)
  return html`<details>
    <summary>
      <span class="id">${id}</span>
      <span class="what">${description ?? oneLine(contentText(last))}</span>
      <span class="scores"
        >${report.models.map(({ model }) => scoreMark(results.filter(({ job }) => job.model === model)))}</span
      >
    </summary>
    <div class="inside">
      <div class="asked">
        ${messages.map(
          (message) =>
            html`<div>
              <h4>${message.role}</h4>
              <pre>${cut(contentText(message))}</pre>
            </div>`,
        )}
        ${
          said === null
            ? null
            : html`<div>
                <h4>expected</h4>
                <pre>${cut(said)}</pre>
              </div>`
        }
      </div>
      <div class="answers">
        ${results.map((result) => answerMarkup(result, expected, report.repeats))}
      </div>
      <p class="faint small">${place.file}, line ${place.line}</p>
    </div>
  </details>`
}

/** The mean of a model's answers. */
function scoreMark(results: readonly Result[]): Markup {
  const scores = results.map(({ grade }) => grade?.score ?? null).filter((score) => score !== null)
  const verdicts = new Set(results.map(({ grade }) => grade?.passed ?? null))
  const passed = verdicts.has(null) ? null : !verdicts.has(false)
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  const text = scores.length === 0 ? 'no verdict' : decimals(mean)
  return html`<span class="${colourOf(passed)}">${text}</span>`
}

function answerMarkup(result: Result, expected: unknown, repeats: number): Markup {
  const { job, answer, failure, grade } = result
  const title = repeats === 1 ? job.model : `${job.model}, answer ${job.repeat + 1} of ${repeats}`
  if (answer === null)
    return html`<div class="answer">
      <h4>${title}</h4>
      <p class="bad">No answer: ${failure}</p>
    </div>`
  // Objects are compared path by path, and a right answer needs no corrections.
  const compared = typeof expected === 'string' && grade?.score !== 1 ? expected : null
  const facts = [
    answer.finish === null || answer.finish === 'stop' ? null : `ended with ${answer.finish}`,
    `${Math.round(answer.latencyMs)} ms`,
    answer.cost === null ? 'cost unknown' : `$${usdText(answer.cost)}`,
    answer.outputTokens === null ? null : `${answer.outputTokens} tokens`,
  ].filter((fact) => fact !== null)
  return html`<div class="answer">
    <h4>${title}</h4>
    ${textMarkup(answer.text ?? answer.refusal ?? '', compared)}
    ${answer.toolCalls.map(({ name, arguments: text }) => html`<pre>${name}(${text})</pre>`)}
    <ul class="grades">
      ${(grade?.checks ?? []).map(gradeMarkup)}
    </ul>
    <p class="faint small">${facts.join(', ')}</p>
  </div>`
}

/** The answer, with what it lacks and has more than the expected one, where they are alike at all. */
function textMarkup(text: string, expected: string | null): Markup {
  const runs = expected === null || expected === text ? null : wordsDiff(expected, text)
  const same = (runs ?? []).reduce(
    (sum, { kind, text: run }) => sum + (kind === 'same' ? run.length : 0),
    0,
  )
  // Two texts with little in common are read better one below the other.
  if (runs === null || same * 2 < (expected ?? '').length) return html`<pre>${cut(text)}</pre>`
  return html`<pre>
${runs.map(({ kind, text: run }) =>
      kind === 'same' ? run : kind === 'added' ? html`<ins>${run}</ins>` : html`<del>${run}</del>`,
    )}</pre>`
}

function gradeMarkup({ name, score, passed, why, details }: CheckGrade): Markup {
  return html`<li>
    <span class="${colourOf(passed)}">${score === null ? 'no verdict' : decimals(score)}</span>
    ${name}: ${why}
    ${
      details.length === 0
        ? null
        : html`<table class="differences">
            <tr>
              <th>where</th>
              <th>expected</th>
              <th>found</th>
            </tr>
            ${details.map(
              ({ where, expected, found }) =>
                html`<tr>
                  <td>${where}</td>
                  <td>${expected}</td>
                  <td>${found}</td>
                </tr>`,
            )}
          </table>`
    }
  </li>`
}

/** Longer texts would make the page slow to open. */
const textMax = 20_000

function cut(text: string): string {
  if (text.length <= textMax) return text
  return `${text.slice(0, textMax)}… (${text.length - textMax} more characters are in the JSON report)`
}

function colourOf(passed: boolean | null): string {
  return passed === null ? 'open' : passed ? 'good' : 'bad'
}

function decimals(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toFixed(2)
}

function contentText(message: ChatMessage | undefined): string {
  const content = message?.content
  if (typeof content === 'string') return content
  return content === undefined || content === null
    ? JSON.stringify(message?.['tool_calls'] ?? '')
    : JSON.stringify(content, null, 2)
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 160 ? `${line.slice(0, 160)}…` : line
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
