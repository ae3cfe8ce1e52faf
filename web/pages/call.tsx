import type { WholeCallJson } from '../../src/server/contract/calls.ts'
import { Link } from '../parts/button.tsx'
import { Copy } from '../parts/copy.tsx'
import { Money, When } from '../parts/figures.tsx'
import { duration, unknown } from '../parts/format.ts'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Stat } from '../parts/stat.tsx'
import { Fault, Skeleton, Tag } from '../parts/states.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useAsk } from '../state/ask.ts'
import { pathTo } from '../state/location.ts'
import { useIsAdmin } from '../state/session.ts'
import { Attempts } from './call/attempts.tsx'
import { Costs, costSources } from './call/costs.tsx'
import { curlOf, evalCaseOf } from './call/copies.ts'
import { Feedback } from './call/feedback.tsx'
import { Messages } from './call/messages.tsx'
import { Raw } from './call/raw.tsx'
import { Replay } from './call/replay.tsx'
import { Waterfall } from './call/waterfall.tsx'
import { isAside, toneOf, totalUs } from './calls/facts.ts'

/** One call, from the first byte of the question to the last cent. */
export function CallPage({ id }: { readonly id: string }) {
  const asked = useAsk('/api/calls/*', { rest: id })
  const { answer: call, fault } = asked
  return (
    <>
      <PageHead
        title={<span className="call-id">{id}</span>}
        below={{ title: 'Calls', path: '/calls' }}
      >
        <Copy text={() => id} label="Copy the id" />
        {call === null || call.request === null ? null : (
          <>
            <Copy text={() => curlOf(call)}>Copy as curl</Copy>
            <Copy text={() => evalCaseOf(call)}>Copy as eval case</Copy>
          </>
        )}
      </PageHead>
      {fault === null ? null : <Fault fault={fault} again={asked.again} />}
      {call === null ? (
        fault === null ? (
          <Waiting />
        ) : null
      ) : (
        <Whole call={call} again={asked.again} />
      )}
    </>
  )
}

/** The room of what is on its way. */
function Waiting() {
  return (
    <>
      <Skeleton height={78} />
      <div className="call-columns">
        <Skeleton height={420} />
        <Skeleton height={420} />
      </div>
    </>
  )
}

function Whole({ call, again }: { readonly call: WholeCallJson; readonly again: () => void }) {
  const isAdmin = useIsAdmin()
  const own = call.attempts.filter((attempt) => !isAside(attempt))
  const last = own.at(-1)
  return (
    <>
      <div className="stats">
        <Stat
          label="End"
          value={
            <Tag tone={call.ok ? 'good' : toneOf(call)}>
              {call.ok ? 'answered' : (call.error_code ?? call.end_state)}
            </Tag>
          }
          note={<When at={call.at} />}
        />
        <Stat
          label="Cost"
          value={<Money usd={call.cost_usd} />}
          note={last === undefined ? null : (costSources[last.cost_source] ?? last.cost_source)}
        />
        <Stat
          label="Took"
          value={duration(totalUs(call))}
          note={last?.stream === true ? 'streamed' : 'in one piece'}
        />
        <Stat
          label="First token"
          value={last?.stream === true ? duration(last.timings_us.first_content) : unknown}
          note={last === undefined ? null : `first byte ${duration(last.timings_us.first_byte)}`}
        />
        <Stat
          label="Attempts"
          value={String(call.attempts.length)}
          note={
            call.attempts.length === own.length
              ? null
              : `${call.attempts.length - own.length} beside the call`
          }
        />
      </div>
      <div className="call-columns">
        <div className="stack">
          <Panel title="What was said">
            {call.payload_note === null || call.request !== null ? (
              <Tabs
                label="What was said"
                param="show"
                tabs={[
                  { id: 'messages', title: 'Messages', show: () => <Messages call={call} /> },
                  { id: 'raw', title: 'As sent', show: () => <Raw call={call} /> },
                ]}
              />
            ) : (
              <p className="faint-text">{noteText(call.payload_note)}</p>
            )}
          </Panel>
          {isAdmin && call.request !== null ? <Replay call={call} /> : null}
          <Feedback call={call} again={again} />
        </div>
        <div className="stack">
          <Panel title="The way of the call">
            <Waterfall attempts={call.attempts} />
          </Panel>
          <Attempts attempts={call.attempts} />
          <Costs call={call} />
          <Panel title="For whom and what for">
            <Attribution call={call} />
          </Panel>
        </div>
      </div>
    </>
  )
}

function Attribution({ call }: { readonly call: WholeCallJson }) {
  const [first] = call.attempts
  if (first === undefined) return null
  const facts = [
    ['Asked for', call.model_asked, null],
    ['Task', call.task, 'task'],
    ['Customer', first.customer, 'customer'],
    ['Feature', first.feature, 'feature'],
    ['Session', first.session, 'session'],
    ['Key', first.key, 'key'],
    ['Environment', first.env, null],
    ['Operation', first.operation, null],
    ['Wire format', first.dialect, null],
    ['Configuration', first.config_hash, null],
  ] as const
  return (
    <dl className="facts">
      {facts.map(([name, value, filter]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value === null ? (
              <span className="unknown">{unknown}</span>
            ) : filter === null ? (
              value
            ) : (
              <Link
                to={pathTo('/calls', { [filter]: value })}
                title={`All calls of this ${name.toLowerCase()}`}
              >
                {value}
              </Link>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function noteText(note: string): string {
  return `What was asked and answered is not here: ${note}.`
}
