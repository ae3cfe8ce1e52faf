import { useMemo } from 'react'
import type { BreakEvenJson } from '../../../src/server/contract/economics.ts'
import { XY } from '../../charts/xy.tsx'
import { Select, TextField } from '../../parts/field.tsx'
import { Money } from '../../parts/figures.tsx'
import { count, money, percent, unknown } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { Stat } from '../../parts/stat.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { useParam } from '../../state/location.ts'
import { useSettled } from '../../state/settled.ts'
import { Notes } from './notes.tsx'
import { Reckoning } from './reckoning.tsx'

/** Open-weight models that were measured on cards that can be rented. Any other may be typed. */
const suggestions = [
  'qwen3-32b',
  'llama-3.3-70b',
  'qwen3-235b-a22b',
  'deepseek-v3',
  'glm-4-9b',
  'gpt-oss-120b',
]

/** When machines of one's own are cheaper than the API. 'Never' is an answer. */
export function OwnMachines() {
  const { answer: status } = useAsk('/api/status')
  const [task, setTask] = useParam('task')
  const [model, setModel] = useParam('model')
  const [api, setApi] = useParam('api')
  const [perDay, setPerDay] = useParam('tokens')
  const [rent, setRent] = useParam('rent')
  const [kind, setKind] = useParam('kind')
  const own = model ?? 'qwen3-32b'
  const query = useSettled(
    useMemo(
      () => ({
        model: own,
        kind: kind ?? 'on-demand',
        rent,
        api,
        task,
        tokens_per_day: task === null ? (perDay ?? '50M') : null,
      }),
      [own, kind, rent, api, task, perDay],
    ),
    350,
  )
  const isWhole = query.task !== null || (query.api ?? '') !== ''
  const asked = useAsk(isWhole ? '/api/economics/breakeven' : null, { query })
  const tasks = status?.tasks.map(({ name }) => name) ?? []
  return (
    <div className="what-if">
      <Panel title="The question">
        <div className="stack">
          <Select
            label="Traffic"
            value={task ?? ''}
            onChange={(value) => setTask(value === '' ? null : value)}
            options={[['', 'by hand'], ...tasks.map((name) => [name, `the task ${name}`] as const)]}
          />
          {task === null ? (
            <TextField
              label="Tokens a day"
              value={perDay ?? '50M'}
              onChange={(value) => setPerDay(value === '' ? null : value)}
              hint="50M, 1.2B: 800 in and 200 out a call."
            />
          ) : null}
          <TextField
            label="Own model"
            value={own}
            onChange={(value) => setModel(value === '' ? null : value)}
            suggestions={suggestions}
          />
          <TextField
            label={task === null ? 'What the calls cost now' : 'API to compare with'}
            value={api ?? ''}
            onChange={(value) => setApi(value === '' ? null : value)}
            placeholder={task === null ? 'deepseek/deepseek-v4-flash' : 'what the task cost'}
          />
          <div className="field-pair">
            <Select
              label="Machines"
              value={kind ?? 'on-demand'}
              onChange={(value) => setKind(value === 'on-demand' ? null : value)}
              options={[
                ['on-demand', 'on demand'],
                ['spot', 'spot'],
                ['reserved', 'reserved'],
              ]}
            />
            <TextField
              label="Rent, USD per GPU hour"
              value={rent ?? ''}
              onChange={(value) => setRent(value === '' ? null : value)}
              placeholder="median offer"
            />
          </div>
        </div>
      </Panel>
      <Reckoning
        asked={asked}
        isWhole={isWhole}
        title="API or own machines?"
        empty={
          <Empty title="Choose a task, or say what calls cost now">
            A task’s own calls say how many there are, how long, and when the busiest hour is. By
            hand it takes the model that is paid now, such as{' '}
            <code>deepseek/deepseek-v4-flash</code>.
          </Empty>
        }
      >
        {(answer) => <Study study={answer} />}
      </Reckoning>
    </div>
  )
}

function Study({ study }: { readonly study: BreakEvenJson }) {
  const { result, traffic, api, machine, curve } = study
  const points = (curve?.points ?? []).filter((point) => point.calls_per_month > 0)
  const calls = (text: string | null): string => (text === null ? 'never' : count(Number(text)))
  return (
    <>
      <Panel title="The answer">
        <p className="verdict">{study.verdict}</p>
        {result?.why ? <p className="faint-text">Why: {result.why}.</p> : null}
      </Panel>
      <div className="stats" role="group" aria-label="Figures">
        <Stat label="Calls a month" value={count(traffic.calls_per_month)} />
        <Stat label="API a month" value={<Money usd={api.per_month} />} note={api.source} />
        <Stat
          label="Own a month"
          value={result === null ? unknown : <Money usd={result.own_per_month} />}
          note={
            result === null
              ? null
              : `${result.replicas} ${result.replicas === '1' ? 'replica' : 'replicas'}, ${percent(result.utilisation)} used`
          }
        />
        <Stat
          label="Breaks even at"
          value={result === null ? unknown : calls(result.first)}
          note={result === null || result.first === null ? null : 'calls a month'}
        />
        <Stat
          label="Stays cheaper from"
          value={result === null ? unknown : calls(result.sustained_from)}
          note={(result?.sustained_from ?? null) === null ? null : 'calls a month'}
        />
      </div>
      {curve === null ? null : (
        <Card>
          <XY
            title="What a month costs"
            height={320}
            x={{ label: 'Calls a month', format: brief, log: true }}
            y={{ label: 'USD a month', format: money, log: true }}
            lines={[
              {
                label: 'API',
                points: points.map((point) => [point.calls_per_month, Number(point.api_usd)]),
              },
              {
                label: 'Own machines',
                points: points.map((point) => [point.calls_per_month, Number(point.own_usd)]),
              },
            ]}
            dots={[
              {
                label: 'You, API',
                x: curve.own_point.calls_per_month,
                y: Number(curve.own_point.api_usd),
                strong: true,
              },
              {
                label: 'You, own machines',
                x: curve.own_point.calls_per_month,
                y: Number(curve.own_point.own_usd),
                group: 1,
              },
            ]}
          />
        </Card>
      )}
      {result === null ? null : (
        <div className="grid">
          <Panel title="By the rent" flush>
            <Table
              label="By the rent"
              rows={rentRows(study)}
              keyOf={([name]) => name}
              columns={[
                { title: 'Offer', cell: ([name]) => name },
                {
                  title: 'USD per GPU hour',
                  align: 'right',
                  cell: ([, rent]) => (rent === null ? unknown : `$${rent}`),
                },
                { title: 'Breaks even at', align: 'right', cell: ([, , first]) => calls(first) },
              ]}
              empty={<p className="panel-line faint-text">No offer of this card is known.</p>}
            />
          </Panel>
          <Panel title="The machine">
            {machine.point === null ? (
              <p className="faint-text">No measurement of this model within the limits is known.</p>
            ) : (
              <dl className="money-facts">
                <dt>Cards</dt>
                <dd>
                  {machine.point.gpus} × {machine.point.gpu}, {machine.point.precision}
                </dd>
                <dt>Engine</dt>
                <dd>{machine.point.engine}</dd>
                <dt>Measured</dt>
                <dd>
                  {machine.point.calls_per_second.toFixed(2)} calls a second at{' '}
                  {count(machine.point.concurrency)} at once; first token{' '}
                  {count(machine.point.ttft_ms)} ms
                </dd>
                <dt>Rent</dt>
                <dd>{machine.rent_source}</dd>
                <dt>Beside it</dt>
                <dd>
                  <Money usd={machine.fixed_per_month} /> a month for people and the rest
                </dd>
                {machine.beyond === null ? null : (
                  <>
                    <dt>Longer calls</dt>
                    <dd>
                      {percent(machine.beyond)} of the calls are longer than those that were
                      measured
                    </dd>
                  </>
                )}
              </dl>
            )}
          </Panel>
        </div>
      )}
      <Notes
        title="How it was reckoned"
        notes={[
          `Traffic: ${traffic.source}; peak ${traffic.peak_to_average.toFixed(1)} times the mean (${traffic.peak_source}).`,
          ...(traffic.cost_coverage === null
            ? []
            : [`The cost of ${percent(traffic.cost_coverage)} of the attempts is known.`]),
          ...(study.simulation === null
            ? []
            : [
                `Simulated with ${count(study.simulation.calls)} calls: ${study.simulation.replicas} replicas, ${percent(study.simulation.late)} late, $${study.simulation.per_month} a month.`,
              ]),
          ...(study.hybrid === null
            ? []
            : [
                `With ${study.hybrid.replicas} of one's own for ${percent(study.hybrid.own_share)} of the calls and the API for the rest: $${study.hybrid.per_month} a month.`,
              ]),
        ]}
      />
    </>
  )
}

function rentRows({ by_rent: rents, machine, result }: BreakEvenJson) {
  if (rents === null || result === null) return []
  return [
    ['lowest', rents.lowest.rent, rents.lowest.first],
    ['reckoned with', machine.rent_per_gpu_hour, result.first],
    ['highest', rents.highest.rent, rents.highest.first],
  ] as const
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

function brief(value: number | null): string {
  return value === null ? unknown : short.format(value)
}
