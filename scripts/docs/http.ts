import { dimensions, pageCallsMax } from '../../src/store/ports.ts'
import { type Route, routes } from '../../src/server/routes.ts'
import { code, list, type Page, table } from './markdown.ts'

/** Gemini's paths, which clients name under either version. */
const geminiPurposes = {
  generateContent:
    "A chat in Gemini's wire format, from every provider. The path names the task or model.",
  streamGenerateContent:
    'The same as a stream: events with `?alt=sse`, else one list whose items come one by one.',
  countTokens:
    "How many tokens a chat would be, in Gemini's wire format: counted by the provider where it counts, else estimated.",
  embedContent:
    "The embedding of one text, in Gemini's wire format, from every provider that offers them.",
  batchEmbedContents: 'The same of many texts.',
}

/** What each path is for. A test holds this table to the list of routes. */
const purposes: Readonly<Record<string, string>> = {
  'POST /v1/chat/completions':
    "A chat in OpenAI's wire format, whole or streamed, from every provider.",
  'POST /v1/completions':
    "A prompt to be gone on with, in OpenAI's older wire format: from engines that speak it, and as a chat of one message from everyone else.",
  'POST /v1/rerank':
    "Documents put in order by how well they answer a query, in the shape of Jina's, from every provider that offers it.",
  'POST /v1/moderations':
    "Texts and pictures judged by a provider's policies, in OpenAI's wire format. A model has to be named.",
  'POST /v2/chat': "A chat in Cohere's wire format, whole or streamed, from every provider.",
  'POST /v2/embed': "Embeddings in Cohere's wire format, from every provider that offers them.",
  'POST /v2/rerank': "The same order as at `/v1/rerank`, in Cohere's wire format.",
  'POST /v1/messages/count_tokens':
    "How many tokens a chat would be, in Anthropic's wire format: counted by the provider where it counts, else estimated, as `x-freehold-adapted: input_tokens~estimate` says then.",
  'POST /v1/embeddings':
    "Embeddings in OpenAI's wire format, from every provider that offers them.",
  'POST /v1/images/generations':
    "Pictures in OpenAI's wire format, whole or streamed, from every provider that makes them.",
  'POST /v1/audio/speech':
    'A text as sound, passed on as it is made, or as events with `stream_format: "sse"`.',
  'POST /v1/audio/transcriptions':
    'Speech as text, from a form with a `file`: JSON, text, subtitles or a stream, as `response_format` and `stream` say.',
  'POST /v1/audio/translations': 'The same in English, whatever was spoken.',
  'POST /v1/messages': "A chat in Anthropic's wire format, whole or streamed, from every provider.",
  ...Object.fromEntries(
    Object.entries(geminiPurposes).flatMap(([action, purpose]) => [
      [`POST /v1/models/*:${action}`, purpose],
      [`POST /v1beta/models/*:${action}`, `The same as under \`/v1\`.`],
    ]),
  ),
  'POST /v1beta/*:generateContent':
    'The same without `models/`, as the Vercel AI SDK asks for `provider/model`.',
  'POST /v1beta/*:streamGenerateContent': 'Likewise.',
  'POST /model/*/converse':
    "A chat in the wire format of Amazon Bedrock's Converse, from every provider. The path names the task or model, escaped or not.",
  'POST /model/*/converse-stream': "The same as a stream, in Amazon's binary frames.",
  'POST /openai/deployments/*/chat/completions':
    'As `/v1/chat/completions`, where clients of Azure look for it. The path names the task or model; `api-version` is not looked at.',
  'POST /openai/deployments/*/embeddings': 'As `/v1/embeddings`, likewise.',
  'POST /openai/responses': 'As `/v1/responses`, likewise.',
  'POST /openai/v1/chat/completions': "As `/v1/chat/completions`, in Azure's newer place.",
  'POST /openai/v1/embeddings': 'As `/v1/embeddings`, likewise.',
  'POST /openai/v1/responses': 'As `/v1/responses`, likewise.',
  'POST /v1/files':
    'Uploads a file, as a form: `file` and `purpose`; `provider` or `model` say where to. See [files and batches](../guide/files-and-batches.md).',
  'GET /v1/files':
    'The files of the key, at all providers; `purpose`, `limit`, `after` and `order` choose.',
  'GET /v1/files/*/content': 'What is in a file.',
  'GET /v1/files/*': 'What is known of a file.',
  'DELETE /v1/files/*': 'Deletes a file, where it lies.',
  'POST /v1/batches':
    'Begins a batch: at the provider that has its file, or run by the gateway when it has the file itself.',
  'GET /v1/batches': 'The batches of the key; `limit` and `after` choose.',
  'GET /v1/batches/*': 'How far a batch is.',
  'POST /v1/batches/*/cancel': 'Cancels a batch. What was answered is kept.',
  'POST /v1/fine_tuning/jobs':
    'Begins a fine-tuning job at the provider that has its training file.',
  'GET /v1/fine_tuning/jobs': 'The jobs of the key; `limit` and `after` choose.',
  'GET /v1/fine_tuning/jobs/*/events': 'What happened to a job.',
  'GET /v1/fine_tuning/jobs/*/checkpoints': 'The models that a job has made on its way.',
  'GET /v1/fine_tuning/jobs/*': 'How far a job is.',
  'POST /v1/fine_tuning/jobs/*/cancel': 'Cancels a job.',
  'POST /v1/fine_tuning/jobs/*/pause': 'Pauses a job, where the provider can.',
  'POST /v1/fine_tuning/jobs/*/resume': 'Goes on with one that was paused.',
  'POST /v1/responses':
    "A chat in the wire format of OpenAI's Responses, whole or streamed, from every provider; goes on from an earlier answer by `previous_response_id`.",
  'GET /v1/responses/*': 'An answer of this key that is kept, for 30 days.',
  'DELETE /v1/responses/*':
    'Forgets a kept answer. What a provider keeps itself stays there as long as its own rules say.',
  'POST /v1/feedback':
    'What became of an answer of this key: a `score` from 0 to 1, a `label`, a `comment` or a `correction`, about a `call_id` (the `x-request-id` of the answer) or a `session`. The same `id` or `Idempotency-Key` counts once.',
  'GET /v1/models':
    "The tasks and known models that the key may call: in Anthropic's shape when `anthropic-version` is sent, else in OpenAI's.",
  'GET /v1/models/*': 'One of them. Slashes of its name may come as they are or as `%2F`.',
  'POST /api/session':
    'Signs a browser in: takes a key, or what a one-time link holds, as a Bearer token, and answers with a cookie.',
  'GET /api/session': 'Who is signed in, as what, and until when.',
  'DELETE /api/session': 'Signs out: the cookie is worth nothing from then on.',
  'POST /api/session/links':
    'Makes a one-time link to the dashboard, with this role (`role`) or less. It lives for 15 minutes.',
  'GET /api/calls':
    'Calls on the ledger, the newest first, in pages: by every dimension, `session`, `status`, `since`, `until`, `cost_min` (USD), `cost=unknown`, `total_ms_min`, and `text`, which is looked for in the words of 500 calls at a time.',
  'GET /api/calls/*':
    'One call by its request id: every attempt, tokens, cost, timings, why this model, and what was said as far as it is kept.',
  'GET /api/costs': 'Sums of the ledger.',
  'GET /api/performance':
    'Time to the first content, whole time, tokens a second, errors and minutes up, by provider, model, task, hour or day.',
  'GET /api/benchmark':
    'The models that were called: price and context beside what was measured of them.',
  'GET /api/replay/calls':
    'What calls of the past took, packed and in pages, for whoever prices them on other models.',
  'GET /api/replay/models': 'All that is known of some models, with every dated price.',
  'GET /api/replay/requests': 'What was asked in some calls, each with its format.',
  'GET /api/routes':
    'How each task is routed now: its policy and what proves it, why the strong model answers alone, audits, shadow, canary, and what was saved net of all that.',
  'GET /api/plan':
    'Whom a chat of a task would ask now, in which order and why: `task`, `deadline`, `prompt_tokens`, `answer_tokens`. Nobody is asked.',
  'GET /api/routes/calibration':
    'What the kept policy of a `task` was chosen from: the cost-quality curve, and where the policy stands.',
  'GET /api/tasks':
    'What stands behind each task: models with shares and prices, policy, settings.',
  'GET /api/providers':
    'Providers as the file says them, with their rates and the tasks that may ask them.',
  'GET /api/failures':
    'Kinds of failure by provider, from the last 1,000 failed calls of a time (`since`, `until`, `provider`, `task`).',
  'GET /api/swap':
    'What a swap of `task` to `model` would change in the file; `model` again for stand-ins. Nothing is changed.',
  'GET /api/feedback':
    'What became of answers, the newest first, in pages: what counts, and with `?all` also what was said before.',
  'GET /api/certificates': 'The chain of swaps that were proven, and whether it is whole.',
  'GET /api/margin':
    'What each customer, feature or cohort brought and cost in a month, losers first: `month`, `by`, `env`, `losers`, `cash`, `other_cost`, `growth`, `cost_growth`.',
  'POST /api/revenue':
    'Adds payments: one as `{customer, month, amount, currency}`, or `{rows: [...]}`; the same id twice is one. All of them or none.',
  'GET /api/concentration':
    'On whom the spending of the last 30 days hangs, by seller, who serves, author and jurisdiction, and how hard each task is to move; `env`.',
  'GET /api/whatif':
    'Bill, margin and runway at other prices: `shock`, `price`, `credit` (each repeatable), `event`, `model`, `meter`, `from`, `since`, `until`, `env`, `cash`, `target_margin`.',
  'POST /api/playground':
    "A chat in OpenAI's wire format by whoever is signed in, whole or streamed, booked under the key of the session like any other call.",
  'POST /api/playground/messages': "The same in Anthropic's wire format.",
  'POST /api/playground/responses': "The same in the wire format of OpenAI's Responses.",
  'POST /api/feedback': 'As `POST /v1/feedback`, by whoever is signed in, about any call.',
  'GET /api/evals':
    'Runs of evaluations that are kept, the newest first, and calibrations of judges.',
  'GET /api/evals/*':
    'One run: scores, comparisons with their intervals, and what each case came to.',
  'GET /api/evals/*/case':
    'One case of a run by its number, `at`: what was asked, each answer and its grades.',
  'GET /api/overview':
    'What the gateway itself took of the last calls from `since` until `until`, and models behind tasks that will be shut down within 180 days.',
  'GET /api/budgets': 'Every budget, and what was spent of it in the window that it is in.',
  'GET /api/economics/breakeven':
    'API against own machines, with the lines of a chart: `task`, `since`, `until`, `env`, or `tokens_per_day`, `input_tokens`, `output_tokens`; `api`, `cached_share`, `model`, `gpu`, `rent`, `kind`, `capex`, `peak`, `ttft`, `tpot`, `people`, `salary`, `hidden`, `compliance`, `research`, `idle_gpus`, `latency`.',
  'GET /api/economics/events':
    'Changes of price that happened and can be played again with `event` of `/api/whatif`.',
  'GET /api/economics/advice':
    'Of each task, whether three steady months of production speak for own machines, and what is missing.',
  'GET /api/economics/drill':
    'Leaving a provider, from sums of the ledger: `leave`, `since`, `until`, `days`, `day_rate`.',
  'GET /api/economics/deprecations':
    'Models that were called and end, with dollars and customers by days left: `since`, `until`, `ends` (repeatable).',
  'GET /api/economics/drills': 'Drills with live calls, the newest first, with their figures.',
  'GET /api/economics/drills/plan':
    'What a drill with live calls would do and cost: `leave`, `share`, `for`, `task` (repeatable).',
  'GET /api/economics/drills/*':
    'One of them: calls, breaks with an interval, cost beside what it would have been.',
  'POST /api/economics/drills':
    'Begins one: `{leave, share, for}`, with `tasks` for some alone. Calls go to tested substitutes until its end, or until a guard breaks.',
  'DELETE /api/economics/drills/*': 'Ends one before its time, and tells what it came to.',
  'GET /api/alarms': 'Alarms that are open; with `?all`, past ones too.',
  'GET /api/models': 'The known models of live providers, with limits and prices as of now.',
  'GET /api/status':
    'Version, configuration in force and why a newer one was refused, tasks, providers, who is left alone for a while, state of the ledger.',
  'GET /api/keys': 'Keys of the file and of the store, without their secrets.',
  'POST /api/keys': 'Makes a key of the store; the answer shows its secret, this once.',
  'DELETE /api/keys/*': 'Revokes a key of the store.',
  'POST /api/keys/*/budget':
    'Changes what a key of the store may spend: `{"budget": {"limit": "50 USD", "per": "month"}}`, or null.',
  'POST /api/swap':
    'Puts other models behind a task, in the file. With a `proof`, a link of the chain of certificates says on what it rests.',
  'POST /api/reload': 'Reads the configuration again; says what was refused.',
  'GET /api/config':
    'The configuration file as text, with its hash; keys that are written out in it are marked and stay where they are.',
  'POST /api/config':
    'Writes the file and puts it in force: `{text, hash}`. Refused, and left as it was, when it is wrong or was changed meanwhile.',
  'POST /api/config/check':
    'What would become of a `text` in its place: issues with line and column, warnings, and what waits for the next start.',
  'GET /api/settings':
    'What is kept for how long, where, and by how many threads calls are served.',
  'GET /api/changes':
    'Who changed what through `/api`, and what was refused, the newest first, in pages (`limit`, `before`).',
  'GET /api/prices': 'Every version of a price that was put into the book, held ones too.',
  'GET /api/prices/card':
    'One card (`model`) with all that was ever believed of it, and what was valid at `at` as it was believed at `known`; `region` and `mode` choose another card than the standard one.',
  'POST /api/prices/import':
    'What tables of prices would change; with `"dry": false` they are put into the book, doubtful ones held back.',
  'POST /api/prices/rerate':
    'Rates attempts of a time anew; with `"dry": false` the differences are booked as rows of their own.',
  'POST /api/prices/drift':
    'Raises the alarm of an invoice that does not match, or takes it back where `drifts` is empty.',
  'POST /api/prices/*/confirm': 'Puts a held version in force.',
  'POST /api/prices/*/reject': 'Keeps a held version out; it stays in the book.',
  'GET /api/exports/charges':
    'What was charged from `since` until `until`, a line for each day, customer, feature, model, tier and meter.',
  'POST /api/ledger/verify':
    'Begins a check of the whole ledger, on a thread of its own, unless one runs.',
  'GET /api/ledger/verify': 'How far the check of the ledger is, or what it found.',
  'DELETE /api/ledger/verify': 'Stops the check that runs.',
  'POST /api/customers/*/erase':
    'What would go if the words of a customer were erased: prompts, answers, comments and what its calls left for calls to come; with `"dry": false` they are erased. Begins, and answers at once.',
  'GET /api/customers/*/erase':
    'How far it is, and what was found or erased so far; `not_reached` says what it does not reach.',
  'DELETE /api/customers/*/erase': 'Stops it; what is gone stays gone.',
  'GET /metrics': 'See [metrics](metrics.md).',
  'GET /healthz': 'Whether the process answers: `ok`.',
  'GET /readyz':
    'Whether calls can be served: 200 `ok`, or 503 `not ready` while the gateway stops or its journal cannot be written.',
  'GET /': 'The dashboard: an empty page without data, which asks for them at `/api`.',
  ...Object.fromEntries(
    ['calls', 'tasks', 'providers', 'money', 'evals', 'settings'].flatMap((page) => [
      [`GET /${page}`, 'The same, at this page.'],
      [`GET /${page}/*`, 'Likewise.'],
    ]),
  ),
  'GET /playground': 'Likewise.',
  'GET /assets/*': "The dashboard's script and style, by the hash of what is in them.",
}

const roles: Readonly<Record<Route['role'], string>> = {
  call: 'any key',
  caller: 'any key',
  viewer: 'viewer or admin',
  admin: 'admin',
  open: 'none',
}

export function httpPage(): Page {
  return {
    name: 'http.md',
    title: 'HTTP',
    blocks: [
      'Every path that the gateway answers, and what its key must be. Any other path is a 404. Paths are compared as they are sent: nothing is decoded or folded.',
      table(
        ['path', 'key', 'what'],
        routes.map((route) => [
          code(nameOf(route)),
          roles[route.role],
          purposes[nameOf(route)] ?? '',
        ]),
      ),
      'A `*` stands for anything but nothing. `HEAD` is answered as `GET` without its body. The types of `/api` are in `src/server/contract/`; money there is decimal text in dollars, an unknown cost is null.',
      '## Keys',
      'A key comes as `Authorization: Bearer KEY`, `x-api-key: KEY` or `x-goog-api-key: KEY`. It is never passed on: each provider gets the key that the configuration has for it.',
      '## Headers of a request',
      table(
        ['header', 'what'],
        [
          [
            code('x-freehold-customer'),
            "For whom the call is. Also as `customer` or `x-freehold-customer` under `metadata`; else OpenAI's `user` or Anthropic's `metadata.user_id` counts.",
          ],
          [code('x-freehold-feature'), 'What the call is for. Also as `feature` under `metadata`.'],
          [
            code('x-freehold-session'),
            'The conversation that the call belongs to. Also as `session` under `metadata`.',
          ],
          [
            code('x-freehold-strict'),
            '`1`: a model that would not get every parameter of the call is not asked. A task says the same with `strict: true`.',
          ],
          [
            code('x-freehold-deadline'),
            '`30s`, `500ms`: the call goes to the cheapest model of its task that keeps this time in 95 of 100 of its last answers. See [time and money](../guide/economics.md#time-and-money).',
          ],
          [
            code('x-freehold-provider'),
            'Where a file is uploaded to: a provider, or `freehold` for the gateway itself.',
          ],
          [
            code('idempotency-key'),
            'A call that is sent again with the same key is made once. See [calls that are made once](../guide/tasks-and-failover.md#calls-that-are-made-once).',
          ],
          [
            code('cache-control'),
            'For tasks with a cache: `no-store` leaves it out, `no-cache` asks a provider and keeps what it says.',
          ],
          [
            code('anthropic-version'),
            "Which shape `GET /v1/models` answers in. Passed on to providers that speak Anthropic's dialect.",
          ],
        ],
      ),
      "Each of the three names has 256 characters at most. No other header of a caller reaches a provider, except those that [the provider's entry](providers.md) names.",
      '## Headers of an answer',
      table(
        ['header', 'what'],
        [
          [
            code('x-request-id'),
            'The id of the call, on errors too: `freehold logs ID` shows the whole of it. Calls and errors carry it as `request-id` as well.',
          ],
          [code('x-freehold-model'), '`provider/model` that answered.'],
          [code('x-freehold-attempts'), 'How many exchanges with providers it took.'],
          [
            code('x-freehold-cost-usd'),
            'What all attempts cost, exact. Only on answers that are not streamed, and only when it is known.',
          ],
          [
            code('x-freehold-overhead-ms'),
            "The gateway's own share of the time until the answer began.",
          ],
          [
            code('x-freehold-cache'),
            '`hit`: an answer that was kept, `age` seconds old. `miss`: a provider was asked. `off`: the task has no cache.',
          ],
          [
            code('idempotent-replayed'),
            '`true`: what the first call with this `Idempotency-Key` got. `original-request` is its id.',
          ],
          [
            code('x-freehold-adapted'),
            'What was changed in the request for this provider, a word for each change: see [what is adapted](#what-is-adapted).',
          ],
          [
            code('x-freehold-resumed'),
            'No header, because it comes in the middle: a comment of the stream where another model goes on, with `by`, `from` and `after` as JSON; the first event behind it has the same in its field `x_freehold_resumed`. Only for tasks with `resume: continue`, and not in the Gemini dialect.',
          ],
          [
            code('retry-after'),
            'On errors: seconds to wait, when they are known; `retry-after-ms` says the same in milliseconds.',
          ],
          [
            code('x-ratelimit-{limit,remaining,reset}-{requests,tokens}'),
            'What is left of the rates that the call falls under, in the scope that leaves the least; `reset` is a time such as `1.5s` or `6m0s`. Only where a rate applies.',
          ],
          [
            code('anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}'),
            'The same on `/v1/messages`; `reset` is a moment.',
          ],
          [code('x-should-retry'), '`false` on errors that the gateway has retried already.'],
        ],
      ),
      'In an answer, `model` is the name that the provider gave. What the caller asked for and who answered stand on the ledger and in `x-freehold-model`.',
      '## What is adapted',
      'Each change that a request needed for its provider is a word in `x-freehold-adapted` and on the ledger; several are separated by a comma and a space. What no word names was sent as it came. A name is that of the parameter, of a field of the messages, or of a keyword of a schema.',
      table(
        ['word', 'what', 'example'],
        [
          [
            code('a>b'),
            'renamed, or said in another place',
            code('max_tokens>max_completion_tokens'),
          ],
          [code('a=1'), 'bounded or replaced: this is what was sent', code('temperature=1')],
          [
            code('a~how'),
            'had in another way: the provider does not do it and the gateway does, or the provider does it unasked',
            '`n~calls`, `cache_control~automatic`',
          ],
          [code('-a'), 'dropped: the provider was not told', code('-seed')],
          [
            code('+a'),
            'added, because the provider insists on it; with `=` the value',
            code('+max_tokens=4096'),
          ],
        ],
      ),
      'A call is strict when its task says `strict: true` or it carries `x-freehold-strict: 1`. A model for which something would be dropped is then not asked, but the next one of the task; when there is none, the call is refused before anything is sent (400, `parameters_dropped`), and the error names what could not be said.',
      '## Questions to /api',
      table(
        ['path', 'parameter', 'what'],
        [
          [
            code('/api/calls'),
            dimensions.map(code).join(' '),
            'calls of this one alone; `model` is `provider/model`',
          ],
          ['', code('session'), 'of this session alone'],
          ['', code('status'), '`ok` or `error`'],
          [
            '',
            '`since` `until`',
            'a date (`2026-11-21`), an instant (RFC 3339), or how long ago (`24h`, `7d`)',
          ],
          ['', code('limit'), `1 to ${pageCallsMax}; 50 when it is not named`],
          ['', code('before'), 'the id in `next` of the page before: the next page'],
          ['', code('after'), 'what came onto the ledger after this call, in the order it came'],
          [
            code('/api/costs'),
            code('by'),
            `one or more of ${[...dimensions, 'day', 'hour'].join(', ')}, with commas; \`task\` when it is not named`,
          ],
          ['', dimensions.map(code).join(' '), 'sums of this one alone'],
          [
            '',
            '`since` `until`',
            'as above, widened to whole hours; `since` is 30 days ago when it is not named',
          ],
          [
            code('/api/performance'),
            code('by'),
            'one or more of provider, model, task, hour, day, with commas; `model` when it is not named',
          ],
          ['', '`provider` `model` `task` `since` `until`', 'as at `/api/costs`'],
          [code('/api/benchmark'), '`provider` `model` `task` `since` `until`', 'likewise'],
          [code('/api/alarms'), '`all` `limit`', 'past alarms too, 100 when no limit is named'],
        ],
      ),
      'Bodies of what changes something:',
      list([
        '`POST /api/keys`: `{"id": "web", "role": "caller", "env": "production", "tasks": ["hello"], "budget": {"limit": "50 USD", "per": "month"}}`; only `id` is needed.',
        '`POST /api/swap`: `{"task": "hello", "model": "sim/large"}`; a list of models is first the one that answers, then its stand-ins.',
        '`POST /api/reload`: `{}`.',
      ]),
      '## What is refused',
      list([
        'A body that is larger than `server.body_limit`, takes longer than `server.body_timeout` to arrive, is compressed, is no UTF-8, or is no JSON object.',
        'JSON that names a field twice, is nested too deep, or holds more keys or values than any call needs.',
        'A request with two hosts, two lengths or trailers, which two servers could read in two ways.',
        'Redirects of a provider: they are not followed, and the key is not sent on.',
      ]),
    ],
  }
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`
}

/** Paths without words, and words without a path. */
export function unsaidRoutes(): readonly string[] {
  const names = routes.map(nameOf)
  const known = Object.keys(purposes)
  return [
    ...names.filter((name) => !known.includes(name)),
    ...known.filter((name) => !names.includes(name)),
  ]
}
