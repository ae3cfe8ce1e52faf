import type { CertificateJson } from '../../server/contract/certificates.ts'
import { grouped, printable } from '../print.ts'
import type { Figure, Proof, Score } from './certificate.ts'

/** For a list of certificates. What another version wrote may lack what this one looks for. */
export function certificateRows(certificates: readonly CertificateJson[]) {
  return certificates.map(({ seq, at, task, who, models, proof }) => {
    const { difference } = proof as Partial<Proof>
    return {
      seq: String(seq),
      at: at.slice(0, 16).replace('T', ' '),
      task,
      who,
      swap: `${models.before[0] ?? '-'} -> ${models.after[0] ?? '-'}`,
      difference: difference === undefined ? '-' : points(difference),
      cases: difference === undefined ? '-' : grouped(difference.n),
    }
  })
}

/** One certificate, line by line. */
export function certificateText(certificate: CertificateJson): string {
  const { seq, at, task, who, models, config, previous, hash } = certificate
  const proof = certificate.proof as unknown as Proof
  const { difference, evaluation, scores, prices, judge } = proof
  const lines: readonly (readonly [string, string])[] = [
    ['certificate', `${seq}, ${at}, by the key ${who}`],
    ['task', task],
    ['swap', `${models.before.join(', ')} -> ${models.after.join(', ')}`],
    ['says', proof.says],
    [
      'difference',
      `${points(difference)}, p ${proof.p_value === null ? '-' : proof.p_value.toPrecision(2)}, ${difference.method}`,
    ],
    [
      'cases',
      `${grouped(difference.n)} in ${grouped(difference.clusters)} groups, each asked ${proof.repeats} ${proof.repeats === 1 ? 'time' : 'times'}; seed ${proof.seed}`,
    ],
    [
      'margin',
      `${Number((100 * proof.margin).toFixed(4))} points, alpha ${proof.alpha} of ${proof.alpha_of_all}, after ${proof.earlier_tries} other tries`,
    ],
    ['graders', proof.graders.join(', ')],
    ...Object.entries(scores).map(
      ([model, score]) =>
        [
          'score',
          `${model}: ${share(score)}${coverage(score)}; ${score.cost_per_1000_usd === null ? 'cost not known' : `$${score.cost_per_1000_usd} for 1,000 calls`}; price ${prices[model]?.id ?? 'not known'}`,
        ] as const,
    ),
    ...(judge === null ? [] : [['judge', JSON.stringify(judge)] as const]),
    ['evaluation', `${evaluation.file} ${evaluation.file_sha256}`],
    ['cases sha256', evaluation.cases_sha256],
    ['prompt sha256', evaluation.prompt_sha256],
    ['config', `${config.before} -> ${config.after}`],
    ['previous', previous],
    ['hash', hash],
    [
      'holds for',
      `${proof.valid_days} days, and until a model, the prompt or the judge is another one`,
    ],
  ]
  return lines.map(([name, text]) => `${name.padEnd(13)}  ${printable(text)}`).join('\n')
}

/** An answer that nobody gave, or could grade, counts neither for a model nor against it. */
function coverage({ n, cases = n }: Score): string {
  return cases === n
    ? ''
    : `, of ${grouped(n)} of ${grouped(cases)} cases: the others have no verdict`
}

function share({ mean, interval }: Figure): string {
  const percent = (value: number): string => (100 * value).toFixed(1)
  if (mean === null) return 'no score'
  const around = interval === null ? '' : ` (${percent(interval[0])} to ${percent(interval[1])})`
  return `${percent(mean)} %${around}`
}

function points({ mean, interval }: Figure): string {
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)}`
  if (mean === null) return '-'
  const around = interval === null ? '' : ` (${signed(interval[0])} to ${signed(interval[1])})`
  return `${signed(mean)}${around}`
}
