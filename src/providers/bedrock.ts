import { bedrockConverse } from '../dialects/bedrock-converse/index.ts'
import type { Provider, Sign } from './provider.ts'
import { type AwsKey, signV4 } from './sigv4.ts'

/** Where a host does not tell its region: an address of one's own. */
const regionDefault = 'us-east-1'

/** 'bedrock-runtime.eu-central-1.amazonaws.com', and the same behind a private link. */
function regionOf(url: string): string {
  const labels = new URL(url).hostname.split('.')
  return labels.find((label) => /^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(label)) ?? regionDefault
}

/** 'ACCESS:SECRET' or 'ACCESS:SECRET:SESSION'; null for a Bedrock API key, which has no colon. */
function awsKeyOf(credential: string): AwsKey | null {
  const [, accessKeyId, secret, session] = /^(\w+):([^:]+)(?::(.+))?$/.exec(credential) ?? []
  if (accessKeyId === undefined || secret === undefined) return null
  return { accessKeyId, secret, session: session ?? null }
}

const sign: Sign = {
  kind: 'request',
  sign: (request, credential) => {
    const key = awsKeyOf(credential.reveal())
    if (key === null) return { authorization: `Bearer ${credential.reveal()}` }
    const scope = { region: regionOf(request.url), service: 'bedrock' }
    return signV4({ method: 'POST', ...request }, key, scope)
  },
}

/** Models of many makers through Converse; who is asked has to be open to the account in its region. */
export const bedrock: Provider = {
  id: 'bedrock',
  name: 'Amazon Bedrock',
  kind: 'vendor',
  // oxlint-disable-next-line no-template-curly-in-string
  baseUrl: 'https://bedrock-runtime.${AWS_REGION}.amazonaws.com',
  sign,
  keyNames: ['AWS_BEARER_TOKEN_BEDROCK'],
  keyParts: {
    needed: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    optional: ['AWS_SESSION_TOKEN'],
  },
  doors: { chat: [{ dialect: bedrockConverse }] },
  errors: [
    { class: 'quota', codes: ['ThrottlingException'], message: /per day/i },
    { class: 'rate', codes: ['ThrottlingException', 'TooManyRequestsException'] },
    { class: 'quota', codes: ['ServiceQuotaExceededException'] },
    { class: 'overload', codes: ['ModelNotReadyException', 'ServiceUnavailableException'] },
    {
      class: 'context',
      message:
        /input tokens? exceed|number of input tokens|input is too long|too many input tokens/i,
    },
    {
      class: 'retired',
      message:
        /access to the model|model identifier is invalid|on-demand throughput isn.t supported|end of its life|marked .*as legacy|could not resolve the foundation model/i,
    },
    { class: 'retired', codes: ['ResourceNotFoundException'] },
    {
      class: 'key',
      codes: [
        'AccessDeniedException',
        'UnrecognizedClientException',
        'ExpiredTokenException',
        'InvalidSignatureException',
        'IncompleteSignatureException',
        'MissingAuthenticationTokenException',
      ],
    },
    {
      class: 'vendor',
      codes: [
        'ModelErrorException',
        'ModelTimeoutException',
        'ModelStreamErrorException',
        'InternalServerException',
      ],
    },
    { class: 'caller', codes: ['ValidationException'] },
  ],
  data: 'no-training', // neither Amazon nor who made a model gets to see prompts
  source:
    'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11-22)',
}
