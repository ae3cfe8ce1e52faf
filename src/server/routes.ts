import { methodUnknown, pathUnknown } from '../core/errors.ts'
import { anthropicCount } from '../dialects/anthropic-messages/count.ts'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../dialects/bedrock-converse/index.ts'
import { cohereChat } from '../dialects/cohere-chat/index.ts'
import { cohereEmbed } from '../dialects/cohere-embed/index.ts'
import { byDeployment } from '../dialects/deployment.ts'
import type { Dialect, Place } from '../dialects/dialect.ts'
import { gemini, geminiCount } from '../dialects/gemini/index.ts'
import { geminiEmbedContent, geminiEmbeddings } from '../dialects/gemini-embeddings/index.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiCompletions } from '../dialects/openai-completions/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { openaiModerations } from '../dialects/openai-moderations/index.ts'
import { cohereRerank, jinaRerank } from '../dialects/rerank/index.ts'
import { openaiImages } from '../dialects/openai-images/index.ts'
import { openaiSpeech } from '../dialects/openai-speech/index.ts'
import {
  openaiTranscriptions,
  openaiTranslations,
} from '../dialects/openai-transcriptions/index.ts'
import type { KeyRole } from '../gateway/pipeline/snapshot.ts'
import {
  createKey,
  listAlarms,
  listCalls,
  revokeKey,
  setKeyBudget,
  showCall,
  showCosts,
  swap,
} from './admin.ts'
import type { Asked } from './asked.ts'
import { showAdvice } from './advice.ts'
import { showBreakEven } from './break-even.ts'
import { listBudgets } from './budgets.ts'
import { listChanges } from './changes.ts'
import { showCheckup, startCheckup, stopCheckup } from './checkup.ts'
import { applyConfig, checkConfig, showConfig, showSettings } from './config-desk.ts'
import { listCertificates } from './certificates.ts'
import { showDeprecations, showDrill } from './drill.ts'
import { listEvals, showEval, showEvalCase } from './evals.ts'
import { showErasure, startErasure, stopErasure } from './erasure.ts'
import { giveFeedback, listFeedback } from './feedback.ts'
import { listDrills, planDrill, showLiveDrill, startDrill, stopDrill } from './live-drill.ts'
import { addRevenue, showMargin } from './margin.ts'
import { showConcentration } from './concentration.ts'
import { listModels, showModel } from './models.ts'
import type { AnswerObject } from './objects.ts'
import { deleteResponse, showResponse } from './responses.ts'
import { showOverview } from './overview.ts'
import { showBenchmark, showPerformance } from './performance.ts'
import { showPlan } from './plan.ts'
import {
  decidePrice,
  importPrices,
  listPrices,
  reRate,
  showCharges,
  showPrice,
  tellDrift,
} from './prices.ts'
import { listReplayCalls, showReplayModels, showReplayRequests } from './replay.ts'
import { listFailures, listProviders } from './providers.ts'
import { showCalibration } from './calibration.ts'
import { listTasks, planSwap } from './tasks.ts'
import { listRoutes } from './routing.ts'
import { decoded, queryOf } from './request.ts'
import { type AnswerSession, makeSignInLink, showSession, signIn, signOut } from './session.ts'
import { listPriceEvents, showWhatIf } from './what-if.ts'

interface Path {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** One `*` stands for anything but nothing. */
  readonly path: string
}

export type Route = Path &
  (
    | {
        readonly role: 'call'
        readonly dialect: Dialect
        /** What the path itself asks for, where `*` is the model's name. */
        readonly stream?: boolean
        /** The body is a form with files. */
        readonly form?: boolean
      }
    /** Without a key, and so telling nothing but yes or no. */
    | { readonly role: 'open'; readonly tells: 'alive' | 'ready' | 'front' | 'asset' }
    | { readonly role: KeyRole; readonly answer: (asked: Asked) => unknown }
    | { readonly role: KeyRole; readonly objects: AnswerObject }
    | { readonly role: KeyRole; readonly session: AnswerSession }
    /** A call like any other, for whoever is signed in: it is booked under the session's key. */
    | { readonly role: KeyRole; readonly plays: Dialect }
    | { readonly role: KeyRole; readonly tells: 'metrics' }
  )

/** Where clients of Amazon's and Microsoft's clouds look for what others have under /v1. */
const inClouds: readonly Route[] = (
  [
    ['/model/*/converse', bedrockConverse],
    ['/model/*/converse-stream', bedrockConverse, true],
    ['/openai/deployments/*/chat/completions', byDeployment(openaiChat)],
    ['/openai/deployments/*/embeddings', byDeployment(openaiEmbeddings)],
    ['/openai/responses', openaiResponses],
    ['/openai/v1/chat/completions', openaiChat],
    ['/openai/v1/embeddings', openaiEmbeddings],
    ['/openai/v1/responses', openaiResponses],
  ] as const
).map(([path, dialect, stream = false]) => ({
  method: 'POST',
  path,
  role: 'call',
  dialect,
  stream,
}))

/** Clients name either version; the path names the model, and behind a colon what is asked of it. */
function geminiUnder(version: '/v1' | '/v1beta'): readonly Route[] {
  const route = (action: string, dialect: Dialect, stream = false): Route => {
    const path = `${version}/models/*:${action}`
    return { method: 'POST', path, role: 'call', dialect, stream }
  }
  return [
    route('generateContent', gemini),
    route('streamGenerateContent', gemini, true),
    route('countTokens', geminiCount),
    route('embedContent', geminiEmbedContent),
    route('batchEmbedContents', geminiEmbeddings),
  ]
}

/**
 * The Vercel AI SDK takes a name with a slash in it for a whole path, 'tunedModels/mine', and leaves
 * 'models/' away: our 'provider/model' is such a name. Embeddings keep it.
 */
const geminiBare: readonly Route[] = (
  [
    ['generateContent', false],
    ['streamGenerateContent', true],
  ] as const
).map(([action, stream]) => ({
  method: 'POST',
  path: `/v1beta/*:${action}`,
  role: 'call',
  dialect: gemini,
  stream,
}))

/** A path with an id ends before what may stand behind the id: the first that fits is taken. */
const objectRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/files',
    role: 'caller',
    objects: ({ files }, call) => files.create(call),
  },
  {
    method: 'GET',
    path: '/v1/files',
    role: 'caller',
    objects: ({ files }, call) => files.list(call),
  },
  {
    method: 'GET',
    path: '/v1/files/*/content',
    role: 'caller',
    objects: ({ files }, call) => files.content(call),
  },
  {
    method: 'GET',
    path: '/v1/files/*',
    role: 'caller',
    objects: ({ files }, call) => files.show(call),
  },
  {
    method: 'DELETE',
    path: '/v1/files/*',
    role: 'caller',
    objects: ({ files }, call) => files.remove(call),
  },
  {
    method: 'POST',
    path: '/v1/batches',
    role: 'caller',
    objects: ({ batches }, call) => batches.create(call),
  },
  {
    method: 'GET',
    path: '/v1/batches',
    role: 'caller',
    objects: ({ batches }, call) => batches.list(call),
  },
  {
    method: 'GET',
    path: '/v1/batches/*',
    role: 'caller',
    objects: ({ batches }, call) => batches.show(call),
  },
  {
    method: 'POST',
    path: '/v1/batches/*/cancel',
    role: 'caller',
    objects: ({ batches }, call) => batches.cancel(call),
  },
  {
    method: 'POST',
    path: '/v1/fine_tuning/jobs',
    role: 'caller',
    objects: ({ jobs }, call) => jobs.create(call),
  },
  {
    method: 'GET',
    path: '/v1/fine_tuning/jobs',
    role: 'caller',
    objects: ({ jobs }, call) => jobs.list(call),
  },
  ...(['events', 'checkpoints'] as const).map((what): Route => ({
    method: 'GET',
    path: `/v1/fine_tuning/jobs/*/${what}`,
    role: 'caller',
    objects: ({ jobs }, call) => jobs.details(call, what),
  })),
  {
    method: 'GET',
    path: '/v1/fine_tuning/jobs/*',
    role: 'caller',
    objects: ({ jobs }, call) => jobs.show(call),
  },
  ...(['cancel', 'pause', 'resume'] as const).map((verb): Route => ({
    method: 'POST',
    path: `/v1/fine_tuning/jobs/*/${verb}`,
    role: 'caller',
    objects: ({ jobs }, call) => jobs.change(call, verb),
  })),
]

/** Where the dashboard's pages live. All are one empty shell: what it shows is asked for at /api. */
const pages: readonly Route[] = [
  '/',
  '/calls',
  '/calls/*',
  '/tasks',
  '/tasks/*',
  '/providers',
  '/providers/*',
  '/money',
  '/money/*',
  '/evals',
  '/evals/*',
  '/playground',
  '/settings',
  '/settings/*',
].map((path) => ({ method: 'GET', path, role: 'open', tells: 'front' }))

/**
 * Every path there is, and who may take it. What is not here is a 404; a test walks it with every
 * role. A `call` is let in by the pipeline, which wants a key of any role.
 */
export const routes: readonly Route[] = [
  { method: 'POST', path: '/v1/chat/completions', role: 'call', dialect: openaiChat },
  { method: 'POST', path: '/v1/completions', role: 'call', dialect: openaiCompletions },
  { method: 'POST', path: '/v1/embeddings', role: 'call', dialect: openaiEmbeddings },
  { method: 'POST', path: '/v1/images/generations', role: 'call', dialect: openaiImages },
  { method: 'POST', path: '/v1/audio/speech', role: 'call', dialect: openaiSpeech },
  {
    method: 'POST',
    path: '/v1/audio/transcriptions',
    role: 'call',
    dialect: openaiTranscriptions,
    form: true,
  },
  {
    method: 'POST',
    path: '/v1/audio/translations',
    role: 'call',
    dialect: openaiTranslations,
    form: true,
  },
  { method: 'POST', path: '/v1/rerank', role: 'call', dialect: jinaRerank },
  { method: 'POST', path: '/v1/moderations', role: 'call', dialect: openaiModerations },
  { method: 'POST', path: '/v2/chat', role: 'call', dialect: cohereChat },
  { method: 'POST', path: '/v2/embed', role: 'call', dialect: cohereEmbed },
  { method: 'POST', path: '/v2/rerank', role: 'call', dialect: cohereRerank },
  { method: 'POST', path: '/v1/messages/count_tokens', role: 'call', dialect: anthropicCount },
  { method: 'POST', path: '/v1/messages', role: 'call', dialect: anthropicMessages },
  { method: 'POST', path: '/v1/responses', role: 'call', dialect: openaiResponses },
  { method: 'GET', path: '/v1/responses/*', role: 'caller', answer: showResponse },
  { method: 'DELETE', path: '/v1/responses/*', role: 'caller', answer: deleteResponse },
  ...geminiUnder('/v1'),
  ...geminiUnder('/v1beta'),
  ...geminiBare,
  ...inClouds,
  ...objectRoutes,
  { method: 'POST', path: '/v1/feedback', role: 'caller', answer: giveFeedback },
  { method: 'GET', path: '/v1/models', role: 'caller', answer: listModels },
  { method: 'GET', path: '/v1/models/*', role: 'caller', answer: showModel },
  { method: 'POST', path: '/api/session', role: 'viewer', session: signIn },
  { method: 'GET', path: '/api/session', role: 'viewer', session: showSession },
  { method: 'DELETE', path: '/api/session', role: 'viewer', session: signOut },
  { method: 'POST', path: '/api/session/links', role: 'admin', session: makeSignInLink },
  { method: 'GET', path: '/api/calls', role: 'viewer', answer: listCalls },
  { method: 'GET', path: '/api/calls/*', role: 'viewer', answer: showCall },
  { method: 'GET', path: '/api/costs', role: 'viewer', answer: showCosts },
  { method: 'GET', path: '/api/margin', role: 'viewer', answer: showMargin },
  { method: 'GET', path: '/api/concentration', role: 'viewer', answer: showConcentration },
  { method: 'GET', path: '/api/whatif', role: 'viewer', answer: showWhatIf },
  { method: 'GET', path: '/api/economics/drills', role: 'viewer', answer: listDrills },
  { method: 'POST', path: '/api/economics/drills', role: 'admin', answer: startDrill },
  { method: 'GET', path: '/api/economics/drills/plan', role: 'viewer', answer: planDrill },
  { method: 'GET', path: '/api/economics/drills/*', role: 'viewer', answer: showLiveDrill },
  { method: 'DELETE', path: '/api/economics/drills/*', role: 'admin', answer: stopDrill },
  { method: 'GET', path: '/api/economics/drill', role: 'viewer', answer: showDrill },
  {
    method: 'GET',
    path: '/api/economics/deprecations',
    role: 'viewer',
    answer: showDeprecations,
  },
  { method: 'GET', path: '/api/economics/events', role: 'viewer', answer: listPriceEvents },
  { method: 'GET', path: '/api/economics/advice', role: 'viewer', answer: showAdvice },
  { method: 'GET', path: '/api/economics/breakeven', role: 'viewer', answer: showBreakEven },
  { method: 'POST', path: '/api/revenue', role: 'admin', answer: addRevenue },
  { method: 'GET', path: '/api/performance', role: 'viewer', answer: showPerformance },
  { method: 'GET', path: '/api/benchmark', role: 'viewer', answer: showBenchmark },
  { method: 'GET', path: '/api/replay/calls', role: 'viewer', answer: listReplayCalls },
  { method: 'GET', path: '/api/replay/models', role: 'viewer', answer: showReplayModels },
  { method: 'GET', path: '/api/replay/requests', role: 'viewer', answer: showReplayRequests },
  { method: 'POST', path: '/api/playground', role: 'admin', plays: openaiChat },
  { method: 'POST', path: '/api/playground/messages', role: 'admin', plays: anthropicMessages },
  { method: 'POST', path: '/api/playground/responses', role: 'admin', plays: openaiResponses },
  { method: 'POST', path: '/api/feedback', role: 'admin', answer: giveFeedback },
  { method: 'GET', path: '/api/evals', role: 'viewer', answer: listEvals },
  { method: 'GET', path: '/api/evals/*/case', role: 'viewer', answer: showEvalCase },
  { method: 'GET', path: '/api/evals/*', role: 'viewer', answer: showEval },
  { method: 'GET', path: '/api/overview', role: 'viewer', answer: showOverview },
  { method: 'GET', path: '/api/budgets', role: 'viewer', answer: listBudgets },
  { method: 'GET', path: '/api/alarms', role: 'viewer', answer: listAlarms },
  { method: 'GET', path: '/api/feedback', role: 'viewer', answer: listFeedback },
  { method: 'GET', path: '/api/certificates', role: 'viewer', answer: listCertificates },
  { method: 'GET', path: '/api/routes', role: 'viewer', answer: listRoutes },
  { method: 'GET', path: '/api/routes/calibration', role: 'viewer', answer: showCalibration },
  { method: 'GET', path: '/api/tasks', role: 'viewer', answer: listTasks },
  { method: 'GET', path: '/api/providers', role: 'viewer', answer: listProviders },
  { method: 'GET', path: '/api/failures', role: 'viewer', answer: listFailures },
  { method: 'GET', path: '/api/plan', role: 'viewer', answer: showPlan },
  {
    method: 'GET',
    path: '/api/models',
    role: 'viewer',
    answer: ({ control }) => ({ models: control.models() }),
  },
  {
    method: 'GET',
    path: '/api/status',
    role: 'viewer',
    answer: ({ control, activeCalls }) => control.status(activeCalls),
  },
  {
    method: 'GET',
    path: '/api/keys',
    role: 'viewer',
    answer: async ({ control }) => ({ keys: await control.keys() }),
  },
  { method: 'POST', path: '/api/keys', role: 'admin', answer: createKey },
  { method: 'DELETE', path: '/api/keys/*', role: 'admin', answer: revokeKey },
  { method: 'POST', path: '/api/keys/*/budget', role: 'admin', answer: setKeyBudget },
  { method: 'GET', path: '/api/swap', role: 'viewer', answer: planSwap },
  { method: 'POST', path: '/api/swap', role: 'admin', answer: swap },
  {
    method: 'POST',
    path: '/api/reload',
    role: 'admin',
    answer: async ({ control }) => ({ refused: await control.reload() }),
  },
  { method: 'GET', path: '/api/config', role: 'admin', answer: showConfig },
  { method: 'POST', path: '/api/config', role: 'admin', answer: applyConfig },
  { method: 'POST', path: '/api/config/check', role: 'admin', answer: checkConfig },
  { method: 'GET', path: '/api/settings', role: 'viewer', answer: showSettings },
  { method: 'GET', path: '/api/changes', role: 'viewer', answer: listChanges },
  { method: 'GET', path: '/api/prices', role: 'viewer', answer: listPrices },
  { method: 'GET', path: '/api/prices/card', role: 'viewer', answer: showPrice },
  { method: 'POST', path: '/api/prices/import', role: 'admin', answer: importPrices },
  { method: 'POST', path: '/api/prices/rerate', role: 'admin', answer: reRate },
  { method: 'POST', path: '/api/prices/drift', role: 'admin', answer: tellDrift },
  { method: 'POST', path: '/api/prices/*/confirm', role: 'admin', answer: decidePrice(true) },
  { method: 'POST', path: '/api/prices/*/reject', role: 'admin', answer: decidePrice(false) },
  { method: 'GET', path: '/api/exports/charges', role: 'viewer', answer: showCharges },
  { method: 'POST', path: '/api/ledger/verify', role: 'admin', answer: startCheckup },
  { method: 'GET', path: '/api/ledger/verify', role: 'viewer', answer: showCheckup },
  { method: 'DELETE', path: '/api/ledger/verify', role: 'admin', answer: stopCheckup },
  { method: 'POST', path: '/api/customers/*/erase', role: 'admin', answer: startErasure },
  { method: 'GET', path: '/api/customers/*/erase', role: 'viewer', answer: showErasure },
  { method: 'DELETE', path: '/api/customers/*/erase', role: 'admin', answer: stopErasure },
  { method: 'GET', path: '/metrics', role: 'viewer', tells: 'metrics' },
  { method: 'GET', path: '/healthz', role: 'open', tells: 'alive' },
  { method: 'GET', path: '/readyz', role: 'open', tells: 'ready' },
  ...pages,
  { method: 'GET', path: '/assets/*', role: 'open', tells: 'asset' },
]

/** A route, and what stands in the place of its `*`. */
interface Found {
  readonly route: Route
  readonly rest: string
}

/** By method, then by path. */
const exact: ReadonlyMap<string, ReadonlyMap<string, Found>> = new Map(
  [...Map.groupBy(routes, ({ method }) => method)].map(([method, those]) => [
    method,
    new Map(those.map((route) => [route.path, { route, rest: '' }])),
  ]),
)
const open = routes.filter(({ path }) => path.includes('*'))

/**
 * The path is compared as it was sent: nothing is decoded or folded, so there is one way to say each path.
 * @throws path_unknown, method_not_allowed
 */
export function findRoute(method: string, path: string): Found {
  const asked = method === 'HEAD' ? 'GET' : method
  const whole = exact.get(asked)?.get(path)
  if (whole) return whole
  for (const route of open) {
    const rest = route.method === asked ? restOf(route.path, path) : null
    if (rest !== null) return { route, rest }
  }
  const others = [
    ...new Set(routes.filter((route) => fits(route.path, path)).map(({ method: each }) => each)),
  ]
  if (others.length > 0)
    throw methodUnknown(method.slice(0, 20), path.slice(0, 100), others.join(', '))
  throw pathUnknown(method.slice(0, 20), path.slice(0, 100))
}

/** What the lines of a batch that the gateway runs may ask, and in which wire format each is asked. */
export function batchDialects(): ReadonlyMap<string, Dialect> {
  return new Map(
    [
      '/v1/chat/completions',
      '/v1/responses',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/messages',
      '/v1/moderations',
      '/v1/rerank',
      '/v1/images/generations',
    ].flatMap((path) => {
      const route = exact.get('POST')?.get(path)?.route
      return route?.role === 'call' ? [[path, route.dialect] as const] : []
    }),
  )
}

/** Errors of a path that is not there are in the dialect that its neighbours speak. */
export function dialectOf(path: string, header: (name: string) => string | null): Dialect {
  if (path.startsWith('/v1/messages')) return anthropicMessages
  const shared = path.startsWith('/v1/models') || path === '/v1/feedback'
  if (shared && header('anthropic-version') !== null) return anthropicMessages
  if (path.startsWith('/v2/')) return cohereChat
  if (path.startsWith('/v1beta/')) return gemini
  if (
    path.startsWith('/v1/models/') &&
    (header('x-goog-api-key') !== null || geminiAction.test(path))
  )
    return gemini
  if (path.startsWith('/model/')) return bedrockConverse
  return openaiChat
}

/** Other names of models may hold a colon as well. */
const geminiAction =
  /:(?:generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/

/** What the path of a call said besides its route. */
export function placeOf(
  { stream = false }: { readonly stream?: boolean },
  rest: string,
  url: string,
): Place {
  return { model: decoded(rest), stream, query: queryOf(url) }
}

function fits(pattern: string, path: string): boolean {
  return pattern.includes('*') ? restOf(pattern, path) !== null : pattern === path
}

/** What stands in the place of the `*`; null when the path is another. */
function restOf(pattern: string, path: string): string | null {
  const at = pattern.indexOf('*')
  const behind = pattern.length - at - 1
  const fitting =
    path.length >= pattern.length &&
    path.startsWith(pattern.slice(0, at)) &&
    path.endsWith(pattern.slice(at + 1))
  return fitting ? path.slice(at, path.length - behind) : null
}
