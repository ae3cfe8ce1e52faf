import { connect } from '../client.ts'
import { type Command, type Context, type ExitCode, UsageError } from '../command.ts'
import { table } from '../print.ts'
import { certificateRows, certificateText } from '../swap/text.ts'
import { prove } from '../swap/prove.ts'
import type { CertificatesJson } from '../../server/contract/certificates.ts'

export const swap: Command = {
  name: 'swap',
  summary: 'Puts another model behind a task, in the file, without a restart',
  usage: '[TASK MODEL [MODEL...]]',
  help: `The first model answers; further ones stand in for it, in order. Comments in the file stay as they are. A running gateway takes the change at once, and no call fails for it.
With --prove the cases of an evaluation are asked of the model that answers now and of the new one, and the file is changed only when the new one is proven to be no worse; a certificate says on what that rests.`,
  options: {
    prove: {
      value: 'FILE',
      says: 'swap only when this evaluation proves the first model no worse',
    },
    margin: {
      value: 'SHARE',
      says: 'how much worse is still no worse; before margin of the file and of the task (0.05)',
    },
    limit: { value: 'N', says: 'with --prove: take so many cases, drawn at random' },
    repeat: { value: 'N', says: 'with --prove: ask each case so often' },
    concurrency: { value: 'N', says: 'with --prove: calls at the same time (8)' },
    seed: { value: 'N', says: 'with --prove: of the order, the draw and the bootstrap (1)' },
    judge: { value: 'A[,B]', says: 'with --prove: for graders that ask a model to judge' },
    labels: { value: 'FILE', says: 'with --prove: what people said of answers, for judges' },
    embeddings: { value: 'MODEL', says: 'with --prove: for graders of similarity' },
    yes: { short: 'y', says: 'with --prove: do not ask whether to go on' },
    'no-cache': { says: 'with --prove: ask anew what was answered before' },
    resume: { says: 'with --no-cache: go on with the run that was stopped' },
    certificates: { says: 'list the swaps that were proven; of one task where it is named' },
    certificate: { value: 'N', says: 'show one of them in full' },
  },
  positionals: { least: 0, most: 20 },
  run: async (context) => {
    const [task, ...models] = context.arguments
    const lists = context.flag('certificates') || context.option('certificate') !== undefined
    if (lists) return await listCertificates(context, task ?? null)
    if (task === undefined || models.length === 0)
      throw new UsageError('Name the task and the model that is to answer it.')
    if (context.option('prove') !== undefined) return await prove(context, task, models)
    const idle = ofProofs.find((name) => context.option(name) !== undefined)
    if (idle !== undefined) throw new UsageError(`--${idle} goes with --prove.`)
    return await plainSwap(context, task, models)
  },
}

const ofProofs = [
  'margin',
  'limit',
  'repeat',
  'concurrency',
  'seed',
  'judge',
  'labels',
  'embeddings',
] as const

async function plainSwap(
  context: Context,
  task: string,
  models: readonly string[],
): Promise<ExitCode> {
  const client = await connect(context)
  try {
    const { before, after } = await client.post<{
      before: readonly string[]
      after: readonly string[]
    }>('/api/swap', {
      task,
      model: models,
    })
    const { print } = context
    if (context.json) print.out(JSON.stringify({ task, before, after, live: client.url !== null }))
    else {
      print.out(`${task}: ${before.join(', ')} -> ${after.join(', ')}`)
      print.out(client.url === null ? 'Written. No gateway is running.' : 'Written, and in force.')
    }
    return 0
  } finally {
    await client.close()
  }
}

async function listCertificates(context: Context, task: string | null): Promise<ExitCode> {
  const { print, json } = context
  const client = await connect(context)
  try {
    const query = task === null ? '' : `?${new URLSearchParams({ task })}`
    const all = await client.get<CertificatesJson>(`/api/certificates${query}`)
    const named = context.option('certificate')
    if (named !== undefined) {
      const found = all.certificates.find(({ seq }) => String(seq) === named)
      if (found === undefined)
        throw new UsageError(`There is no certificate ${named}. See: freehold swap --certificates`)
      print.out(json ? JSON.stringify(found) : certificateText(found))
      return 0
    }
    if (json) print.out(JSON.stringify(all))
    else if (all.certificates.length === 0)
      print.out('No swap has been proven yet. To prove one: freehold swap TASK MODEL --prove FILE')
    else print.out(table(certificateRows(all.certificates), certificateColumns, print))
    if (all.broken_at === null) return 0
    print.err(
      `The chain is broken at certificate ${all.broken_at}: it, or one before it, is not what was written.`,
    )
    return 1
  } finally {
    await client.close()
  }
}

const certificateColumns = [
  { title: '#', value: ({ seq }: Row) => seq, right: true },
  { title: 'WHEN', value: ({ at }: Row) => at },
  { title: 'TASK', value: ({ task }: Row) => task, shrinks: true },
  { title: 'SWAP', value: ({ swap: text }: Row) => text, shrinks: true },
  { title: 'DIFFERENCE', value: ({ difference }: Row) => difference },
  { title: 'CASES', value: ({ cases }: Row) => cases, right: true },
  { title: 'WHO', value: ({ who }: Row) => who },
]

type Row = ReturnType<typeof certificateRows>[number]
