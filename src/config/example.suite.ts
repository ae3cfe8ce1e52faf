/** The file that the product is described with, without its cascade, whose policy has to be made first. */
export const example = `# yaml-language-server: $schema=./freehold.schema.json
server: { host: 127.0.0.1, port: 4000, workers: 1 }
store: ./data                              # embedded
timezone: UTC                              # where days and months of budgets begin
payloads: redacted                         # what is kept of prompts and answers: full, redacted, none
alarms: { webhook: "\${ALARM_URL}" }        # every alarm: here, on /metrics, in the store, on the dashboard

providers:
  deepseek: {}                             # known vendor: base URL, dialect, quirks built in; key from DEEPSEEK_API_KEY
  moonshot: {}
  zhipu: { api_key: "\${ZHIPU_API_KEY}" }   # api_keys: [...] for several, rotated by health
  house:                                   # an engine of one's own
    type: vllm
    base_url: http://127.0.0.1:8000/v1     # all that stands before /chat/completions, /messages, ...
    data: on-premises                      # what happens to prompts there: any, no-training, on-premises
    rate: { requests: 600/min, concurrent: 64 }

tasks:
  fast_classifier: zhipu/glm-4-9b          # the whole swap is this string
  general_purpose:
    models: [deepseek/deepseek-v4-flash, moonshot/kimi-k2]   # in order; the next answers when one fails
    timeouts: { connect: 2s, first_content: 20s, idle: 20s, total: 10m }
  summarise:
    policy: weighted
    models: { deepseek/deepseek-v4-flash: 90, house/qwen3-32b: 10 }
    sticky: session
    cache: { ttl: 1h }                     # off unless a task asks for it
  contracts:
    models: [house/qwen3-32b]
    data: on-premises                      # what the task demands; no provider that falls short is ever asked, also not on failure

keys:
  - { id: ops, secret: "\${ADMIN_KEY}", role: admin }
  - id: web
    secret: "\${WEB_KEY}"
    env: production                        # told apart in every figure
    tasks: [fast_classifier, summarise]
    budget: { limit: 50 USD, per: month }  # day week month total
    rate: { requests: 600/min, tokens: 200000/min, concurrent: 50 }

customers:                                 # limits for whom calls are made; default is for each one not named
  default: { budget: { limit: 2 USD, per: day } }
  acme: { budget: { limit: 400 USD, per: month } }

prices:                                    # own contracts and own machines; everything else comes from the catalog
  acme/large: { input: 0.15, output: 0.60, cache_read: 0.015 }
  house/qwen3-32b: { gpus: 2, usd_per_gpu_hour: 1.79 }
`

/** The task of the same description that promises something. */
export const cascade = `  support:
    policy: cascade
    models: [zhipu/glm-4-9b, deepseek/deepseek-v4-flash]
    guarantee: { quality: 0.98, confidence: 0.95, evals: evals/support.yaml }
`

export const exampleEnv = {
  ALARM_URL: 'https://hooks.example/T0/B0',
  DEEPSEEK_API_KEY: 'deepseek-key',
  MOONSHOT_API_KEY: 'moonshot-key',
  ZHIPU_API_KEY: 'zhipu-key',
  ADMIN_KEY: 'admin-0123456789abcdef',
  WEB_KEY: 'web-0123456789abcdef',
}
