import { percentEscaped } from '../core/percent.ts'
import { responsesIds, shortIds } from '../dialects/call-ids.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { inResponses, parameters } from './openai.ts'
import { openaiObjects } from './objects.ts'
import type { Door, Provider, Sign } from './provider.ts'

/**
 * Two styles of address, told apart by the base URL: '.../openai/v1' names the deployment in the body,
 * '.../openai/deployments?api-version=...' in the path. A bare resource gets the style of its query;
 * behind '/deployments' there is no Responses.
 */
function door(dialect: Dialect, operation: string, quirks: Door['quirks'] = {}): Door {
  const path = (model: string, _stream: boolean, base: string): string => {
    const { pathname, searchParams } = new URL(base)
    const at = pathname.replace(/\/+$/, '')
    // Responses names the deployment in the body in both styles.
    const deployment =
      dialect === openaiResponses ? operation : `/deployments/${percentEscaped(model)}${operation}`
    if (at.endsWith('/deployments')) return deployment.replace('/deployments', '')
    if (at !== '') return at.endsWith('/openai') ? deployment : operation
    return searchParams.has('api-version') ? `/openai${deployment}` : `/openai/v1${operation}`
  }
  return { dialect, path, quirks }
}

/** Objects belong to the resource: they stand beside its deployments, under either style of address. */
function besideDeployments(base: string): string {
  const url = new URL(base)
  const at = url.pathname.replace(/\/+$/, '')
  if (at === '') url.pathname = url.searchParams.has('api-version') ? '/openai' : '/openai/v1'
  else url.pathname = at.replace(/\/deployments$/, '')
  return url.toString()
}

/** An Entra ID token is a JWT; every other credential is a key of the resource. */
const isToken = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/

const sign: Sign = {
  kind: 'request',
  sign: (_request, credential): Readonly<Record<string, string>> => {
    const text = credential.reveal()
    return isToken.test(text) ? { authorization: `Bearer ${text}` } : { 'api-key': text }
  },
}

/** OpenAI's models, and others, under names that the customer gave to its deployments of them. */
export const azure: Provider = {
  id: 'azure',
  name: 'Azure OpenAI',
  kind: 'vendor',
  // oxlint-disable-next-line no-template-curly-in-string
  baseUrl: '${AZURE_OPENAI_ENDPOINT}/openai/v1',
  sign,
  keyNames: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
  doors: {
    chat: [
      door(openaiChat, '/chat/completions', { parameters, cachesUnasked: true, callIds: shortIds }),
      {
        ...door(openaiResponses, '/responses', {
          parameters: inResponses,
          cachesUnasked: true,
          callIds: responsesIds,
        }),
        keepsConversations: true,
      },
    ],
    embed: [door(openaiEmbeddings, '/embeddings')],
  },
  objects: { ...openaiObjects, at: besideDeployments },
  errors: [
    // The filter's own verdict stands deeper than the code, which some versions leave empty.
    { class: 'content', status: 400, message: /content management policy|content_filter/i },
    { class: 'retired', codes: ['DeploymentNotFound', 'DeploymentNotReady', 'ModelDeprecated'] },
    { class: 'quota', codes: ['insufficient_quota', 'QuotaExceeded'] },
    { class: 'rate', codes: ['RateLimitReached', 'TooManyRequests'] },
    { class: 'overload', codes: ['NoCapacity'] },
    { class: 'key', codes: ['401', 'PermissionDenied', 'AuthenticationTypeDisabled'] },
  ],
  data: 'no-training',
  source: 'https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference (read 2026-11-22)',
}
