import { type Instant, isoText } from '../../../core/clock.ts'
import { format, usdText } from '../../../core/money.ts'
import type { Comparison, Verdict } from '../compare.ts'
import type { Estimate } from '../intervals.ts'
import { issueText } from '../fault.ts'
import type { Report } from '../report.ts'
import { judgeTexts } from '../judge/words.ts'
import { differenceText, missingText, verdictText } from '../words.ts'
import { casesSection } from './cases.ts'
import { html, type Markup } from './markup.ts'
import { style } from './style.ts'

/**
 * The report as one page that needs nothing else: no script, no font, no address. Its policy allows its own
 * style by hash and nothing more, so that even markup that slipped in could neither run nor call home.
 */
export function htmlOf(report: Report, at: Instant): string {
  const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const head = html`<meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="referrer" content="no-referrer" />
    <title>${report.suite.name}: evaluation</title>`
  // The style stands outside of the markup, so that its hash is that of its very bytes.
  return `<!doctype html>\n<html lang="en">\n<head>\n${head.text}\n<style>${style}</style>\n</head>\n<body>\n${bodyOf(report, at).text}\n</body>\n</html>\n`
}

function bodyOf(report: Report, at: Instant): Markup {
  const { suite, plan, models, comparisons, results } = report
  const cases = plan.cases.length + plan.ungradable.length
  const missing = models.map((model) => missingText(model)).filter((text) => text !== null)
  return html`<main>
    <h1>${suite.name}</h1>
    <p class="faint">${suite.file}, ${isoText(at).slice(0, 16).replace('T', ' ')} UTC</p>
    <p class="faint">
      ${cases} cases,
      ${report.repeats === 1 ? 'each asked once' : `each asked ${report.repeats} times`},
      ${results.length} answers. Margin ${(100 * report.margin).toFixed(1)} points. Seed
      ${report.seed}.
    </p>
    ${comparisons.length === 0 ? null : verdicts(comparisons, report.margin)}
    <h2>
      ${suite.metric === 'score' ? 'Mean score' : 'Share of cases passed'}, with 95 % intervals
    </h2>
    <div class="chart">
      ${models.map(({ model, score }) => chartRow(model, score))}
      <div class="row scale faint small">
        <span></span><span class="marks"><span>0</span><span>50</span><span>100 %</span></span>
        <span></span>
      </div>
    </div>
    <h2>Models</h2>
    ${modelTable(report)} ${comparisons.length === 0 ? null : comparisonTable(comparisons)}
    ${metricTable(report)}
    ${
      missing.length === 0
        ? null
        : html`<h2>Without a verdict</h2>
            ${missing.map((text) => html`<pre>${text}</pre>`)}`
    }
    ${
      report.judge === undefined
        ? null
        : html`<h2>The judge</h2>
            ${judgeTexts(report.judge).map((text) => html`<p>${text}</p>`)}`
    }
    ${
      suite.notes.length === 0
        ? null
        : html`<h2>Notes</h2>
            <ul>
              ${suite.notes.map((note) => html`<li>${issueText(note)}</li>`)}
            </ul>`
    }
    ${casesSection(report)}
    <footer class="faint small">
      <p>
        Spent by this run: ${format(report.spent)}; ${report.kept} answers were kept from before.
        The calls are on the ledger under the feature eval. Intervals of differences hold for all
        models together.
      </p>
    </footer>
  </main>`
}

const colours = {
  better: 'good',
  'no worse': 'good',
  worse: 'bad',
  open: 'open',
  'no verdict': 'open',
} as const satisfies Record<Verdict, string>

function verdicts(comparisons: readonly Comparison[], margin: number): Markup {
  return html`<ul class="verdicts">
    ${comparisons.map(
      (comparison) =>
        html`<li class="${colours[comparison.verdict]}">${verdictText(comparison, margin)}</li>`,
    )}
  </ul>`
}

/** The interval as a bar and the mean as a stroke, on a scale from 0 to 100. */
function chartRow(name: string, { mean, interval }: Estimate): Markup {
  const at = (share: number): string => (100 * share).toFixed(2)
  return html`<div class="row">
    <span class="name">${name}</span>
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <line class="axis" x1="0" y1="9.5" x2="100" y2="9.5" />
      ${[0, 25, 50, 75, 100].map((x) => html`<line class="axis" x1="${x}" y1="7" x2="${x}" y2="9.5" />`)}
      ${
        interval === null
          ? null
          : html`<rect
              class="interval"
              x="${at(interval.low)}"
              y="1"
              width="${at(interval.high - interval.low)}"
              height="6"
            />`
      }
      ${
        mean === null
          ? null
          : html`<line class="mean" x1="${at(mean)}" y1="0" x2="${at(mean)}" y2="8" />`
      }
    </svg>
    <span class="value"
      >${percent(mean)} <span class="faint small">${between(interval)}</span></span
    >
  </div>`
}

function modelTable({ models, suite }: Report): Markup {
  return html`<div class="scroll">
    <table>
      <tr>
        <th>Model</th>
        <th class="number">Cases</th>
        <th class="number">${suite.metric === 'score' ? 'Passed' : 'Mean score'}</th>
        <th class="number">$ per 1,000</th>
        <th class="number">p50</th>
        <th class="number">p95</th>
        <th class="number">Tokens out</th>
        <th class="number">Cut off</th>
        <th class="number">Refused</th>
        <th class="number">Failed</th>
      </tr>
      ${models.map(
        (each) =>
          html`<tr>
            <td class="wrap">${each.model}</td>
            <td class="number">
              ${each.score.cases === each.cases ? each.cases : `${each.score.cases} of ${each.cases}`}
            </td>
            <td class="number">
              ${percent(suite.metric === 'score' ? each.passes.mean : each.scores.mean)}
            </td>
            <td class="number">
              ${each.costPer1000 === null ? 'unknown' : `$${usdText(each.costPer1000)}`}
            </td>
            <td class="number">${millis(each.latencyMs.p50)}</td>
            <td class="number">${millis(each.latencyMs.p95)}</td>
            <td class="number">
              ${each.tokens.output === null ? '-' : Math.round(each.tokens.output)}
            </td>
            <td class="number">${each.cutOff}</td>
            <td class="number">${each.refusals}</td>
            <td class="number">${each.failures}</td>
          </tr>`,
      )}
    </table>
  </div>`
}

function comparisonTable(comparisons: readonly Comparison[]): Markup {
  return html`<h2>Beside ${comparisons[0]!.reference}, case by case</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>Model</th>
          <th>Difference</th>
          <th class="number">Wins</th>
          <th class="number">Losses</th>
          <th class="number">Ties</th>
          <th class="number">p</th>
          <th class="number">More cases</th>
        </tr>
        ${comparisons.map(
          ({ model, difference, wins, losses, ties, pValue, moreCases }) =>
            html`<tr>
              <td class="wrap">${model}</td>
              <td>${differenceText(difference)}</td>
              <td class="number">${wins}</td>
              <td class="number">${losses}</td>
              <td class="number">${ties}</td>
              <td class="number">${pValue === null ? '-' : pValue.toPrecision(2)}</td>
              <td class="number">
                ${moreCases === null ? '-' : moreCases.toLocaleString('en-US')}
              </td>
            </tr>`,
        )}
      </table>
    </div>`
}

/** One row a grader or metric, and one a prompt, where there are several. */
function metricTable({ models }: Report): Markup | null {
  const rows = (of: (model: Report['models'][number]) => Readonly<Record<string, Estimate>>) => {
    const names = [...new Set(models.flatMap((model) => Object.keys(of(model))))]
    return names.length < 2
      ? []
      : names.map((name) => ({ name, values: models.map((model) => of(model)[name] ?? null) }))
  }
  const all = [...rows(({ metrics }) => metrics), ...rows(({ variants }) => variants)]
  if (all.length === 0) return null
  return html`<h2>By grader and prompt</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>What</th>
          ${models.map(({ model }) => html`<th class="number">${model}</th>`)}
        </tr>
        ${all.map(
          ({ name, values }) =>
            html`<tr>
              <td class="wrap">${name}</td>
              ${values.map(
                (value) =>
                  html`<td class="number">
                    ${percent(value?.mean ?? null)}
                    <span class="faint small">${between(value?.interval ?? null)}</span>
                  </td>`,
              )}
            </tr>`,
        )}
      </table>
    </div>`
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`
}

function between(interval: Estimate['interval']): string {
  return interval === null
    ? ''
    : `${(100 * interval.low).toFixed(1)} to ${(100 * interval.high).toFixed(1)}`
}

function millis(ms: number | null): string {
  if (ms === null) return '-'
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms)} ms`
}
