import * as errors from '../../src/core/errors.ts'
import type { Again, ErrorFacts, GatewayError } from '../../src/core/errors.ts'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { code, fenced, list, type Page, table } from './markdown.ts'

interface Group {
  readonly title: string
  readonly intro: string
  /** One of each, with facts such as they come. */
  readonly errors: readonly GatewayError[]
}

const words = 'what the provider said'

const groups: readonly Group[] = [
  {
    title: 'What the caller did',
    intro: 'These are found before a provider is asked, so they cost nothing.',
    errors: [
      errors.invalidJson('it is empty.'),
      errors.invalidRequest("'messages' has to be a list of at least one message, not absent."),
      errors.unsupportedContent('audio', 'acme/large'),
      errors.parametersDropped('acme/large', ['seed', 'logit_bias']),
      errors.idempotencyKeyReused(),
      errors.idempotencyKeyBusy().after(1_000),
      errors.bodyTooLarge('32 MB'),
      errors.bodyTimeout(30),
      errors.encodingUnsupported('gzip'),
      errors.ambiguousHttp('more than one Host'),
      errors.keyMissing(),
      errors.keyUnknown(),
      errors.linkSpent(),
      errors.mediaUnfetched('its host is an address of a private network'),
      errors.guessedTooOften(),
      errors.originForeign(),
      errors.roleMissing('web', 'admin'),
      errors.taskForbidden('web', 'acme/large', ['hello']),
      errors.modelUnknown('"helo"', 'GET /v1/models lists what there is.'),
      errors.operationUnsupported('acme/large', 'embed'),
      errors.noneCapable('hello', ['acme/small: it takes no images.']),
      errors.pathUnknown('GET', '/v2/models'),
      errors.methodUnknown('GET', '/v1/messages', 'POST'),
      errors.callNotFound('01a200d6-2105-7686-a590-0c3769d12414'),
      errors.evalNotFound('20261122T084011-3f9a2c71'),
      errors.responseNotFound('resp_01a200d6-2105-7686-a590-0c3769d12414'),
      errors.objectNotFound('file', 'file-openai~file-abc'),
      errors.objectNotOffered(
        'acme offers no fine-tuning. Of the live providers these do: openai.',
      ),
      errors.budgetCannotHold('key web', 'openai', 'batch'),
      errors.noRoom('The gateway has 3 MB left for files, and this one has 12 MB.'),
      errors.budgetSpent('key web', '$50.000000', 'month', '$0.010000', '$0.042000'),
      errors.budgetRanOut('key web', '$50.000000', 'month'),
      errors.rateExceeded('key web', '600 requests per 60 s', 1_200),
      errors.priceUnknown('acme/large', 'the budget of key web could not hold'),
    ],
  },
  {
    title: 'What a provider did',
    intro:
      "The task's other models were asked before the caller sees one of these, unless asking again can never help. The caller sees what the last one said. Words of a provider are masked first: neither a key nor personal data stands in them.",
    errors: [
      errors.providerRefused('acme', words),
      errors.contextTooLong('acme', words),
      errors.contentFiltered('acme', words),
      errors.providerKeyRefused('acme'),
      errors.providerQuotaSpent('acme'),
      errors.providerAccountUnpaid('acme'),
      errors.providerRateLimited('acme'),
      errors.providerOverloaded('acme'),
      errors.providerFailed('acme', 'status 500: it said nothing'),
      errors.providerHungUp('acme'),
      errors.providerTimeout('acme', 'the first content', '30 s'),
      errors.providerUnreachable('acme', 'nothing listens at its address'),
      errors.answerUnfit('acme/large', 'city has to be string, not 7'),
      errors.modelRetired('acme', 'large'),
      errors.modelUnavailable('hello'),
    ],
  },
  {
    title: 'What happened to the gateway',
    intro: 'These are never the fault of a request.',
    errors: [
      errors.callerLeft(),
      errors.hedgeLost('acme/large'),
      errors.ledgerUnavailable(),
      errors.gatewayOverloaded(),
      errors.limitsFull(262_144),
      errors.shuttingDown(),
      errors.internalFault(),
    ],
  },
]

const again = {
  never: 'The same request fails the same way. Change it.',
  later: 'Ask again later; `retry-after` says when, where that is known.',
  elsewhere:
    "Another model may well answer. The gateway has asked the task's other models already; a task with a stand-in sees this less often.",
  here: "The same model may well answer. The gateway has asked it once more already, and then the task's other models.",
} satisfies Record<Again, string>

export function errorsPage(): Page {
  return {
    name: 'errors.md',
    title: 'Errors',
    blocks: [
      `Every error that the gateway can answer. It comes in the dialect of the path that was called, with the id of the request in the header \`x-request-id\` and in the body.`,
      fenced('json', pretty(openaiChat.writeError(sample, requestId))),
      `The same on \`/v1/messages\`:`,
      fenced('json', pretty(anthropicMessages.writeError(sample, requestId))),
      `In a stream that has begun, the error is the last event, and no end mark follows it:`,
      fenced(
        'text',
        `${openaiChat.writeStreamError(failure, requestId)}${anthropicMessages.writeStreamError(failure, requestId)}`,
      ),
      '## Whether asking again helps',
      table(
        ['again', 'meaning'],
        Object.entries(again).map(([word, meaning]) => [word, meaning]),
      ),
      `Errors that say \`here\` or \`elsewhere\` carry the header \`x-should-retry: false\`, which the OpenAI and Anthropic clients obey: the gateway has retried already, and a client that does so too would multiply the load.`,
      ...groups.flatMap(({ title, intro, errors: rows }) => [
        `## ${title}`,
        intro,
        table(
          ['code', 'status', 'OpenAI type', 'Anthropic type', 'again', 'an example'],
          rows.map(rowOf),
        ),
      ]),
      '## Good to know',
      list([
        `A mistake that a provider finds in the request (${code('provider_refused')}) keeps the provider's own status and code, so that an application which looks for \`unsupported_parameter\` still finds it.`,
        "A provider that refuses the gateway's own key is a 502, never a 401: a 401 always means the caller's key.",
        `${code('param')} names the field that is wrong, where one is: \`messages[2].content\`.`,
        'Each error is a row in `src/core/errors.ts`.',
      ]),
    ],
  }
}

/** Codes of errors that stand in no group: a row was added, and this page does not show it. */
export function missingErrors(): readonly string[] {
  const shown = new Set(groups.flatMap(({ errors: rows }) => rows.map((error) => error.code)))
  return Object.values(errors)
    .filter((one) => 'code' in one)
    .map((one) => (one as unknown as ErrorFacts).code)
    .filter((each) => !shown.has(each))
}

const requestId = '01a200d6-2105-7686-a590-0c3769d12414'
const sample = errors.taskForbidden('web', 'acme/large', ['hello'])
const failure = errors.providerFailed('acme', 'it broke off its answer')

function rowOf(error: GatewayError): readonly string[] {
  const openai = JSON.parse(openaiChat.writeError(error, '')) as Written
  const anthropic = JSON.parse(anthropicMessages.writeError(error, '')) as Written
  return [
    code(error.code),
    String(error.status),
    code(openai.error.type),
    code(anthropic.error.type),
    error.again,
    error.message,
  ]
}

interface Written {
  readonly error: { readonly type: string }
}

function pretty(json: string): string {
  return JSON.stringify(JSON.parse(json), null, 2)
}
