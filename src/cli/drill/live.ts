import type { LiveDrillJson, LiveDrillsJson, LivePlanJson } from '../../server/contract/drill.ts'
import { type Client, connect } from '../client.ts'
import { CommandError, type Context, type ExitCode, UsageError } from '../command.ts'
import { confirmed, isAttended } from '../confirm.ts'
import { timeText } from '../eval/progress.ts'
import { grouped, printable } from '../print.ts'
import { liveDrillText, livePlanText } from './live-text.ts'

/** How often the gateway is asked how far it is. */
const lookMs = 1_000

/** Leaving a provider with a share of its live calls, until the end, Ctrl-C or a broken guard. */
export async function leaveLive(context: Context, provider: string): Promise<ExitCode> {
  const share = shareOf(context)
  const time = context.option('for') ?? '1h'
  const client = await connect(context)
  try {
    if (client.url === null)
      throw new CommandError(
        'Live calls are drilled by a running gateway, and none runs. To start one: freehold serve',
      )
    const query = new URLSearchParams({ leave: provider, share: String(share), for: time })
    const plan = await client.get<LivePlanJson>(`/api/economics/drills/plan?${query}`)
    const { print, json } = context
    if (!json) print.out(`${livePlanText(plan, print)}\n`)
    if (plan.tasks.length === 0)
      throw new CommandError(
        `Nothing was begun: no task of ${provider} has a tested substitute. ${plan.left_out.map(({ task, why }) => `${task}: ${why}.`).join(' ')}`,
      )
    if (!(await agreed(context))) {
      print.err('Nothing was begun.')
      return 1
    }
    const begun = await client.post<LiveDrillJson>('/api/economics/drills', {
      leave: provider,
      share,
      for: time,
    })
    return tell(context, await followed(context, client, begun))
  } finally {
    await client.close()
  }
}

/** The drill that runs or ran last; ended where that is asked for. */
export async function lastLive(context: Context): Promise<ExitCode> {
  const client = await connect(context)
  try {
    const { drills } = await client.get<LiveDrillsJson>('/api/economics/drills')
    const last = drills[0]
    if (last === undefined)
      throw new CommandError(
        'No drill with live calls has been. To begin one: freehold drill --leave PROVIDER --live',
      )
    if (!context.flag('stop') || last.state !== 'running') return tell(context, last)
    return tell(context, await client.delete<LiveDrillJson>(`/api/economics/drills/${last.id}`))
  } finally {
    await client.close()
  }
}

/** A drill that a guard has ended says that leaving would break something: no job that is done. */
function tell(context: Context, drill: LiveDrillJson): ExitCode {
  const { print, json } = context
  print.out(json ? JSON.stringify(drill) : liveDrillText(drill, print))
  return drill.tasks.some(({ taken_back: back }) => back !== null) ? 1 : 0
}

async function followed(
  context: Context,
  client: Client,
  begun: LiveDrillJson,
): Promise<LiveDrillJson> {
  const path = `/api/economics/drills/${begun.id}`
  let drill = begun
  while (drill.state === 'running') {
    draw(context, drill)
    await pause(context, Math.min(lookMs, Math.max(0, Date.parse(drill.until) - Date.now()) + 50))
    if (context.signal.aborted) {
      draw(context, null)
      return client.delete<LiveDrillJson>(path)
    }
    drill = await client.get<LiveDrillJson>(path)
  }
  draw(context, null)
  return drill
}

function pause({ signal }: Context, ms: number): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
    function end(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
  })
}

/** One line that is written over, on a terminal only. @param drill  null: it is wiped */
function draw({ json, print }: Context, drill: LiveDrillJson | null): void {
  if (json || print.width === null) return
  const { total, until } = drill ?? { total: null, until: '' }
  const left = Math.max(0, Date.parse(until) - Date.now()) / 1_000
  const line =
    total === null
      ? ''
      : `Drilling: ${grouped(total.calls)} calls, ${grouped(total.broken)} broken, ${timeText(left)} left. Ctrl-C ends it.`
  process.stderr.write(`\r\u001b[K${printable(line).slice(0, print.width - 1)}`)
}

/** Callers are served by another model and money is spent: without a word of somebody's nothing begins. */
async function agreed(context: Context): Promise<boolean> {
  if (context.flag('yes')) return true
  if (isAttended(context)) return confirmed(context, 'Begin?')
  throw new UsageError(
    'A live drill sends calls of your customers elsewhere and spends money: say --yes to begin it.',
  )
}

/** '1%', '0.5 %', '0.01'. @throws UsageError */
function shareOf(context: Context): number {
  const text = context.option('share') ?? '1%'
  const [, number = '', sign] = /^(\d{1,3}(?:\.\d{1,6})?) ?(%?)$/.exec(text) ?? []
  const value = sign === '%' ? Number(number) / 100 : Number(number)
  if (number !== '' && value > 0 && value <= 1) return value
  throw new UsageError(`--share is a share of the calls such as 1% or 0.01, not ${text}.`)
}
