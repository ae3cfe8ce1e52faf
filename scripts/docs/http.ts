import { dimensions, pageCallsMax } from '../../src/store/ports.ts'
import { type Route, routes } from '../../src/server/routes.ts'
import { code, list, type Page, table } from './markdown.ts'

/** What each path is for. A test holds this table to the list of routes. */
const purposes: Readonly<Record<string, string>> = {
  'POST /v1/chat/completions':
    "A chat in OpenAI's wire format, whole or streamed, from every provider.",
  'POST /v1/embeddings':
    "Embeddings in OpenAI's wire format, from every provider that offers them.",
  'POST /v1/messages': "A chat in Anthropic's wire format, whole or streamed, from every provider.",
  'GET /v1/models':
    "The tasks and known models that the key may call: in Anthropic's shape when `anthropic-version` is sent, else in OpenAI's.",
  'GET /v1/models/*': 'One of them. Slashes of its name may come as they are or as `%2F`.',
  'GET /api/calls': 'Calls on the ledger, the newest first, in pages.',
  'GET /api/calls/*':
    'One call by its request id: every attempt, tokens, cost, timings, why this model, and what was said as far as it is kept.',
  'GET /api/costs': 'Sums of the ledger.',
  'GET /api/alarms': 'Alarms that are open; with `?all`, past ones too.',
  'GET /api/models': 'The known models of live providers, with limits and prices as of now.',
  'GET /api/status':
    'Version, configuration in force and why a newer one was refused, tasks, providers, who is left alone for a while, state of the ledger.',
  'GET /api/keys': 'Keys of the file and of the store, without their secrets.',
  'POST /api/keys': 'Makes a key of the store; the answer shows its secret, this once.',
  'DELETE /api/keys/*': 'Revokes a key of the store.',
  'POST /api/swap': 'Puts other models behind a task, in the file.',
  'POST /api/reload': 'Reads the configuration again; says what was refused.',
  'GET /metrics': 'See [metrics](metrics.md).',
  'GET /healthz': 'Whether the process answers: `ok`.',
  'GET /readyz':
    'Whether calls can be served: 200 `ok`, or 503 `not ready` while the gateway stops or its journal cannot be written.',
  'GET /': 'A page that says where to go from here. It holds no data.',
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
      'A `*` stands for anything but nothing. `HEAD` is answered as `GET` without its body. The types of `/api` are in `src/server/contract.ts`; money there is decimal text in dollars, an unknown cost is null.',
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
          [code('x-freehold-cache'), '`off`: this version remembers no answers.'],
          [
            code('x-freehold-adapted'),
            'What was changed in the request for this provider: `-seed` left out, `max_tokens>max_completion_tokens` renamed, `temperature=1` bounded or replaced, `+max_tokens=4096` added.',
          ],
          [
            code('retry-after'),
            'On errors: seconds to wait, when they are known; `retry-after-ms` says the same in milliseconds.',
          ],
          [code('x-should-retry'), '`false` on errors that the gateway has retried already.'],
        ],
      ),
      'In an answer, `model` is the name that the provider gave. What the caller asked for and who answered stand on the ledger and in `x-freehold-model`.',
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
