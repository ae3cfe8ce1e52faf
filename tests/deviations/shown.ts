/** Where it is shown: an exchange of the provider's own traffic by its name, one of another's, or a test. */
export type Place = string | { readonly of: string; readonly name: string } | TestPlace

export interface TestPlace {
  readonly test: string
  readonly file: string
}

/**
 * How requests differ; where counts stand and whether they include cached tokens; why answers end; what
 * the next turn must bring; how errors look and what they mean; the headers that tell of limits.
 */
export const columns = [
  'request',
  'usage',
  'cached',
  'finish',
  'turn',
  'error body',
  'error codes',
  'limits',
] as const

export type Column = (typeof columns)[number]

const inTest = (name: string, file: string): TestPlace => ({ test: name, file })

const turnState = 'tests/journeys/turn-state.test.ts'
const emulations = 'tests/journeys/emulations.test.ts'
const clouds = 'src/providers/clouds.test.ts'
const responses = 'src/providers/responses.test.ts'

/** What is peculiar about each, and what shows that it is heeded. */
export const shown: Readonly<Record<string, Readonly<Partial<Record<Column, readonly Place[]>>>>> =
  {
    openai: {
      request: [
        'reasoning: counted within the completion, never shown; sampling is left out',
        "stream: usage in a last event of its own, asked for on the caller's behalf",
        inTest('takes no sampling from models that think', responses),
      ],
      usage: ["stream: usage in a last event of its own, asked for on the caller's behalf"],
      cached: ['cached: part of the prompt'],
      finish: [
        'plain',
        'length: the answer was cut at the limit',
        "tools, two at once in pieces, from a caller of Anthropic's dialect",
      ],
      turn: [
        inTest('takes back the thoughts that it sealed or keeps, and no plain words', responses),
        inTest('only those keep conversations who say for how long', responses),
      ],
      'error body': ['caller: an unknown parameter'],
      'error codes': [
        'rate: a minute is full',
        'quota: the account is empty, under the same status',
        'context',
      ],
      limits: ['rate: a minute is full'],
    },
    azure: {
      request: [
        'embeddings: the deployment is the model',
        'plain: a deployment that thinks takes the limit under another name, and no sampling',
        'caller: an older version has no tool_choice of required',
        inTest('names the deployment in the path behind /deployments', clouds),
      ],
      usage: ['stream: first the filters without a choice, then chunks without a delta'],
      cached: ['cached'],
      finish: ['content: the answer was filtered'],
      turn: [
        inTest('takes back the thoughts that it sealed or keeps, and no plain words', responses),
      ],
      'error body': ['key: its code is the status as text', 'retired: no deployment of that name'],
      'error codes': [
        'content: the prompt was filtered, and the details say why',
        'content: an older version leaves the code out',
      ],
      limits: ['rate: with the wait in a header'],
    },
    anthropic: {
      request: [
        "plain, from a caller of OpenAI's dialect: a limit is added, the system message is hoisted",
        'cached: beside the input, written for 5 minutes and for an hour',
      ],
      usage: ['stream: the output count of message_delta replaces the first'],
      cached: ['cached: beside the input, written for 5 minutes and for an hour'],
      finish: ['a refusal in the middle', 'a pause for a tool that it runs itself'],
      turn: [
        'reasoning: signed and sealed thoughts',
        inTest('signed thoughts, for Anthropic', turnState),
      ],
      'error body': ['rate'],
      'error codes': ['rate', 'overload: 529', 'context', 'caller: the body is too large'],
      limits: ['rate'],
    },
    google: {
      request: [
        'plain',
        'tools: a picture that a tool answered with goes within its result',
        'schema: JSON Schema as it is, but that a reference stands alone',
      ],
      usage: [
        'stream: counts on each event, the last one rules',
        'reasoning: a budget for 2.5; thoughts are counted beside the candidates',
      ],
      cached: ['cached: part of the prompt'],
      finish: [
        'content: its own words for a filter',
        'a malformed call is an error, not an end',
        'a call of a tool that is not there is an error',
        'a word that nobody knows is an error, with the word kept',
      ],
      turn: [
        'tools: a turn that lost its signature gets the word that stands for one',
        "tools: the signature that came through OpenAI's dialect is put back",
        'tools: two calls at once, a signature with the first; a turn that called some ends in STOP',
        inTest('the signature of a call, for Gemini', turnState),
      ],
      'error body': ['key: a 400, in a list'],
      'error codes': [
        'rate: per minute, the wait in the sentence',
        'rate: the wait in the details alone',
        'quota: per day, whatever wait is told',
        'key: told by the reason alone',
      ],
      limits: ['rate: the wait in the details alone'],
    },
    bedrock: {
      request: [
        'cached: a cachePoint, and counts beside the input',
        'tools: a schema without strict, a choice by name, arguments as an object',
        inTest(
          "an unknown beta header of a caller's never reaches Bedrock",
          'tests/deviations.test.ts',
        ),
      ],
      usage: ['stream: frames, padded, with the counts behind the end'],
      cached: ['cached: a cachePoint, and counts beside the input'],
      finish: [
        'content: a guardrail steps in with words of its own',
        'plain: a call that the model wrote wrongly is an error',
      ],
      turn: ['reasoning in a stream: the signature comes last, sealed thoughts whole'],
      'error body': ['caller: a field is wrong'],
      'error codes': [
        'rate: throttled',
        'overload: the model is not ready',
        "quota: the account's own limit",
        'context: too long',
      ],
    },
    zhipu: {
      request: [
        'request: thinking is on by default, and nothing is added to have it',
        'request: reasoning_effort none switches thinking off',
        'request: reasoning_effort is no word here, any other switches thinking on',
        "request: a list as the content of an assistant's or a tool's turn stays a list",
      ],
      usage: ['stream: counts with the last choice'],
      cached: ['answer: cached tokens are within the input'],
      finish: ['answer: sensitive is a filter', 'answer: network_error is an error'],
      turn: [
        'answer: thoughts come as reasoning_content, streamed',
        'answer: GLM-Z1 puts its thoughts into the content, between tags',
        'stream: GLM-Z1, its tags cut in two',
        'answer: 4.5V puts its answer into a box, whose marks are left out',
      ],
      'error body': ['error: 1302, too many at once'],
      'error codes': [
        'error: 1113, the account is in arrears',
        'error: 1302, too many at once',
        'error: HTTP 434, a door that is not open to this account',
        'error: HTTP 435, a file of more than 100 MB',
      ],
      limits: ['error: 1303, too many a minute'],
    },
    moonshot: {
      request: [
        'request: temperature goes up to 1',
        'request: reasoning models take temperature 1 alone',
        'request: a temperature below 0.3 is refused with more than one answer',
        'request: no tool_choice required',
        'request: text-only models refuse content arrays, texts are joined',
        'request: $schema breaks k2.5 and is left out of tools and formats',
        'request: no seed',
        'request: an image by its address is refused before it is sent',
        'request: an image inline is sent as it is',
        'request: an image by the id of its file is sent as it is',
        "request: thinking.keep all is the caller's to say",
      ],
      usage: ['answer: counts with the last choice', 'answer: counts inside the last choice'],
      cached: ['answer: cached_tokens stand beside the counts and are within the input'],
      finish: ['tools in pieces'],
      turn: [
        'answer: reasoning_content is required on turns that called tools; a space stands in for what was lost',
        inTest('thoughts beside tool calls, for Kimi', turnState),
      ],
      'error body': ['error: engine_overloaded_error'],
      'error codes': [
        'error: rate_limit_reached_error, the wait in the sentence',
        'error: engine_overloaded_error',
        'error: exceeded_current_quota_error',
        'error: the balance as a 403',
      ],
      limits: ['error: rate_limit_reached_error, the wait in the sentence'],
    },
    baidu: {
      request: ['request: web search is an object of its own and is passed on'],
      usage: ['stream: counts in the last event'],
      cached: ['answer: cached tokens are within the input'],
      finish: ['answer: content_filter', 'answer: length', 'tools'],
      turn: ['answer: thinking models send reasoning_content'],
      'error body': ['error: rpm_rate_limit_exceeded'],
      'error codes': [
        'error: rpm_rate_limit_exceeded',
        'error: tpm_rate_limit_exceeded',
        'error: a rate under 200',
        'error: tokens_too_long',
        'error: unsafe_request as the code',
      ],
      limits: ['error: rpm_rate_limit_exceeded'],
    },
    'baidu legacy': {
      'error body': [
        { of: 'baidu', name: "error: the legacy door's 110 under 200, the token is invalid" },
      ],
      'error codes': [
        { of: 'baidu', name: "error: the legacy door's 111 under 200, the token has expired" },
        { of: 'baidu', name: "error: the legacy door's 17 under 200, the day's quota is used" },
        { of: 'baidu', name: "error: the legacy door's 19 under 200, the total quota is used" },
        { of: 'baidu', name: "error: the legacy door's 18 under 200, by the second" },
        { of: 'baidu', name: "error: the legacy door's 336501 under 200, requests by the minute" },
        { of: 'baidu', name: "error: the legacy door's 336502 under 200, tokens by the minute" },
      ],
    },
    deepseek: {
      request: [
        inTest('is told in words, and kept', emulations),
        inTest(
          'deepseek: no strict json_schema, and Responses for its newer names alone',
          responses,
        ),
        'cut: ten minutes were over',
      ],
      usage: [
        'stream: comments while it waits, counts with the last choice',
        'cached: hit and miss',
      ],
      cached: ['cached: hit and miss'],
      finish: ['the machines were full in the middle of the answer'],
      turn: [
        'tools: V4 wants the thoughts of every turn back; a space stands in for lost ones',
        inTest('thoughts of every turn, for DeepSeek', turnState),
      ],
      'error body': ['caller: parameters'],
      'error codes': ['quota', 'caller: parameters', 'rate', 'overload'],
      limits: ['rate'],
    },
    qwen: {
      request: [
        'request: open models are told not to think when the answer is not streamed',
        'request: open models think in a stream, within thinking_budget',
        'request: include_usage is true, whatever the caller says',
        'request: text models want a string, texts are joined',
        'request: no frequency_penalty',
        'request: a part with a cache breakpoint stays a part; answer: read and written tokens are within the input',
      ],
      usage: ['stream: counts in an event without choices'],
      cached: [
        'request: a part with a cache breakpoint stays a part; answer: read and written tokens are within the input',
      ],
      finish: ['answer: the word null is no reason to end'],
      turn: ['request: preserve_thinking, and the thoughts that go back with it'],
      'error body': ['error: Arrearage', 'error: the native shape'],
      'error codes': [
        'error: Throttling.RateQuota',
        'error: Throttling.AllocationQuota, a minute that is full',
        'error: insufficient_quota, the free allowance is used',
        'error: Arrearage',
        'error: DataInspectionFailed',
        'error: a ramp that was too steep, told by the sentence alone',
      ],
      limits: ['error: Throttling.RateQuota'],
    },
    ark: {
      request: [
        "request: thinking is the caller's to switch",
        'request: effort is high unless the caller says otherwise, and nothing is added',
        inTest('ark: Responses has refused parallel_tool_calls and tool_choice', responses),
        inTest(
          'to Ark turns the watermark off, unless the caller wants it',
          'src/dialects/openai-images/openai-images.test.ts',
        ),
      ],
      usage: ['stream: counts in a last event without choices, when they are asked for'],
      cached: ['answer: cached tokens are within the input'],
      finish: ['answer: content_filter'],
      turn: ['answer: reasoning_content, streamed'],
      'error body': ['error: parameters'],
      'error codes': [
        'error: AccountOverdueError',
        'error: RateLimitExceeded.EndpointRPMExceeded',
        'error: RateLimitExceeded.EndpointTPMExceeded',
        'error: ModelNotOpen',
        'error: InvalidEndpointOrModel.NotFound',
        'error: InputTextRiskDetection',
        'error: InvalidEndpoint.ClosedEndpoint goes elsewhere',
      ],
      limits: ['error: RateLimitExceeded.EndpointRPMExceeded'],
    },
    hunyuan: {
      request: ['request: enable_enhancement is a parameter of its own and is passed on'],
      usage: ['stream: counts on each event, the last one rules'],
      cached: ['answer: cached tokens would be within the input; none were seen so far'],
      finish: ['answer: sensitive is a filter', 'tools'],
      turn: ['answer: T1 models send reasoning_content'],
      'error body': ['error: the native shape under 200, too many'],
      'error codes': ['error: five at once and no more'],
      limits: ['error: five at once and no more'],
    },
    ling: {
      request: [
        'request: temperature goes up to 1',
        'request: enable_search and search_options are passed on',
        {
          of: 'qwen-cn',
          name: "request: Ant's Ling is sold in Beijing alone; enable_thinking and preserve_thinking are the caller's to say",
        },
      ],
      usage: ['stream: counts in the last event'],
      cached: ['answer: cached tokens are within the input'],
      finish: ['tools in pieces'],
      turn: ['answer: reasoning_content'],
      'error body': ['error: parameters by their status'],
      'error codes': ['error: a rate by its status', 'error: an overload by its status'],
      limits: ['error: a rate by its status'],
    },
    mistral: {
      request: [
        'plain: parameters by other names, unknown ones left out',
        'tools: whole calls in one event; required is any',
        'reasoning: chunks of thought in the content',
      ],
      usage: [
        'stream: counts come unasked, and asking is refused',
        'cached: counted by another name',
      ],
      cached: ['cached: counted by another name'],
      finish: ["the model's own length", 'an end by error'],
      turn: ['reasoning goes back as chunks of the content'],
      'error body': ['rate', 'key: another of its shapes', 'caller: a list of what is wrong'],
      'error codes': ['rate', 'caller: the list within the message'],
      limits: ['rate'],
    },
    cohere: {
      request: [
        'plain: what is billed is counted, not what was read with the preamble',
        'tools: streamed, and one tool of two is asked for by sending no other',
      ],
      usage: ['stream: usage comes unasked with the last event'],
      finish: [
        'an end that no table has is an error',
        'tools: the plan behind the calls is a thought',
      ],
      turn: ['tools: what they answered comes back, with the plan that led to it'],
      'error body': ['key'],
      'error codes': [
        'retired: with the day of its removal',
        'rate: a trial key by the minute',
        'quota: a trial key by the month',
      ],
    },
    xai: {
      usage: ['reasoning: counted beside the completion'],
      cached: ['cached: within the prompt', 'cached: beside the prompt, as the total tells'],
      finish: ['stream: events without finish_reason'],
    },
    groq: {
      usage: ['stream: counts under x_groq'],
      cached: ['cached'],
      finish: ['tools: both calls whole in one event'],
      'error body': ["caller: the model's call did not fit its schema"],
      'error codes': [
        "caller: the model's call did not fit its schema",
        'overload: 498',
        'rate: one request above the minute is a 413',
      ],
      limits: ['rate: by the minute'],
    },
    together: {
      request: [
        'request: tool_choice none is unsupported, the tools are left out instead',
        'request: tool_choice required is unsupported',
      ],
      usage: ['stream: counts with the last choice'],
      finish: ['plain: the developer is the system; answer: eos is an end'],
      turn: [
        'answer: thoughts between tags in the content',
        'stream: thoughts between tags, which are cut in two',
      ],
      'error body': ['error: 429'],
      'error codes': ['error: 429', 'error: 503', "error: 524, a proxy's page"],
      limits: ['error: 429'],
    },
    fireworks: {
      request: [
        'request: three levels of effort, minimal is low',
        'request: three levels of effort, xhigh is high',
        'request: three levels of effort, max is high',
        'request: no seed',
        "request: context_length_exceeded_behavior is the caller's to say",
      ],
      usage: [
        'stream: counts with the last choice',
        'stream: an event without choices in the middle and one at the end',
      ],
      cached: ['answer: cached tokens are within the input'],
      finish: ['tools in pieces'],
      turn: ['answer: reasoning_content, streamed'],
      'error body': ['error: an object', 'error: a string'],
      'error codes': ['error: 412, the account is suspended', 'error: 408', 'error: 429'],
    },
    openrouter: {
      request: ["request: who may sell is the caller's to say"],
      usage: [
        'plain: the cost in dollars, and its own word for the end',
        'stream: counts in an event without choices',
      ],
      cached: ['answer: read and written tokens are within the input'],
      finish: [
        'plain: the cost in dollars, and its own word for the end',
        'answer: error is an error',
      ],
      turn: [
        'answer: reasoning_details in a stream, the signature at the end',
        'request: reasoning_details go back as they came',
      ],
      'error body': [
        'error: under 200, the seller',
        'error: inside a stream, a rate by its number',
      ],
      'error codes': [
        'error: 402, credits',
        'error: 408',
        'error: 429',
        'error: 502, upstream',
        'error: 503, no seller fits',
      ],
    },
    poe: {
      request: [
        'request: bots of images are asked without a stream',
        'request: bots of video and sound as well',
        "request: a bot's own parameters go along and reach nobody; no system prompt is added",
      ],
      usage: ['plain: what it counts is an estimate, and its cost is in points'],
      cached: ['cached: within the input as far as is known'],
      finish: ['tools in pieces'],
      'error body': ['error: 404'],
      'error codes': [
        'error: 401',
        'error: 403, a permission',
        'error: 404',
        'error: 429 without its headers',
        'error: 500',
        'error: 503',
      ],
      limits: ['error: 429, the wait in a header of its own'],
    },
    globalapi: {
      request: [
        'request: unknown parameters go along, whoever drops them',
        'answer: the model may be another, and is the one that the answer names',
      ],
      usage: ['plain: the developer is the system, what it counts is an estimate'],
      cached: ['cached: within the input as far as is known'],
      finish: ["answer: an end in the words of the model's author"],
      turn: ['answer: thoughts as the author of the model sends them'],
      'error body': ['error: a quota by its status'],
      'error codes': [
        'error: a rate by its status',
        'error: a quota by its status',
        'error: a key by its status',
        'error: a vendor by its status',
      ],
    },
    akashml: {
      'error body': ['error: 402'],
      'error codes': ['error: 402', 'error: 429', 'error: 504', 'error: 529'],
    },
    vllm: {
      request: [
        'request: null parameters are refused and left out',
        "request: nulls within messages are the caller's",
        'request: chat_template_kwargs switch the thoughts off',
      ],
      usage: [
        'stream: counts in a last event without choices, when they are asked for',
        'request: continuous_usage_stats; answer: counts on each event, the last one rules',
      ],
      cached: [
        'answer: cached tokens, where the server was started to count them, are within the input',
      ],
      finish: ['answer: a call that was forced ends in stop'],
      turn: [
        'answer: thoughts as reasoning_content, of older versions',
        'answer: thoughts as reasoning, of newer versions',
        'answer: calls side by side that all have index 0',
      ],
      'error body': ['error: flat', 'error: a plain line', "error: FastAPI's list"],
      'error codes': ['error: while the weights load', 'error: the card is full, which repeats'],
    },
    sglang: {
      usage: ['stream: counts in a last event without choices, when they are asked for'],
      cached: ['answer: cached tokens are within the input'],
      finish: ['tools, whole'],
      turn: [
        'answer: the second call has neither id nor index',
        'answer: the arguments of GLM come whole in one event',
      ],
      'error body': ['error: flat', 'error: a detail'],
      'error codes': ['error: while the weights load', 'error: the card is full, which repeats'],
    },
    tgi: {
      request: [
        'request: one tool; answer: tool_calls as an object, its arguments too',
        'request: no tool results: the call goes elsewhere before it is sent',
        'request: JSON only through a tool: a schema goes elsewhere before it is sent',
      ],
      usage: ['stream: counts in a last event without choices'],
      finish: [
        'answer: eos_token is an end',
        'answer: stop_sequence is an end',
        'answer: length',
        'answer: a blank as the reason while it runs, as in the older completions',
      ],
      turn: [
        'request: one tool; answer: tool_calls as an object, its arguments too',
        'answer: the name of a streamed call in each event, and blank ids',
      ],
      'error body': ['error: a plain line'],
      'error codes': ['error: the prompt is too long', 'error: the card is full, which repeats'],
    },
    llamacpp: {
      request: [
        'error: tools without --jinja',
        'error: older versions have no tools in streams',
        'request: enable_thinking goes to the template, which may not heed it',
      ],
      usage: ['stream: counts and timings in a last event without choices'],
      cached: ['answer: cached tokens are within the input'],
      finish: ['tools in pieces'],
      turn: ['answer: reasoning_content when the template has it'],
      'error body': ['error: the prompt is too long'],
      'error codes': ['error: while the model loads', 'error: the card is full, which repeats'],
    },
    ollama: {
      request: [
        'request: no tool_choice',
        'request: tool_choice none leaves the tools out',
        'answer: a prompt cut at num_ctx without a word: the count tells',
      ],
      usage: ['stream: counts in a last event without choices'],
      finish: ['answer: length'],
      turn: [
        'answer: calls without an index',
        'answer: a call lost in a stream leaves nothing but the end',
      ],
      'error body': ['error: a string, the model was not pulled'],
      'error codes': ['error: a string, the model was not pulled'],
    },
    'tensorrt-llm': {
      request: [
        'error: the context that it was started with',
        'error: an adapter that it was not started with',
        'error: logprobs that it was not started for',
        'plain: the developer is the system; no key is asked for',
      ],
      usage: ['stream: counts in a last event without choices, when they are asked for'],
      cached: ['answer: cached tokens are within the input'],
      finish: ['tools, where the server was started with a parser'],
      turn: ['answer: reasoning_content, where the server was started with a parser'],
      'error body': ["error: FastAPI's list"],
      'error codes': ['error: while the weights load', 'error: the card is full, which repeats'],
    },
  }
