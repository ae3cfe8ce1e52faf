/** A vendor to list, and where its key stands in the environment. */
export interface ListedVendor {
  readonly id: string
  readonly keyName: string
}

/**
 * The text of a first freehold.yaml. It works as it is: `sim/...` models answer without any key, and
 * the vendors whose keys were found are live.
 */
export function starterConfig(vendors: readonly ListedVendor[]): string {
  const listed = vendors.map(
    ({ id, keyName }) => `  ${`${id}: {}`.padEnd(24)} # key from ${keyName}`,
  )
  return `# yaml-language-server: $schema=./freehold.schema.json
# A running gateway takes a change of this file at once. When something in it is wrong, it says what
# and where, and keeps the last good one. \${NAME} is read from the environment.

server: { host: 127.0.0.1, port: 4000 }
store: ./data                              # the ledger, and all that is kept
timezone: UTC                              # where days and months of budgets begin
payloads: redacted                         # what is kept of prompts and answers: full, redacted, none
# alarms: { webhook: "\${ALARM_URL}" }       # every alarm, in the shape that Slack takes

providers:                                 # only these are live, and sim
${[...listed, ...otherProviders(vendors)].join('\n')}

tasks:                                     # what applications call; one string changes who answers
  hello: sim/small                         # the simulator: on this machine, free, and clearly marked
  # fast_classifier: deepseek/deepseek-v4-flash
  # general_purpose:
  #   models: [deepseek/deepseek-v4-flash, moonshot/kimi-k2]   # the next answers when one fails

# keys:                                    # or: freehold keys create web
#   - id: web
#     secret: "\${WEB_KEY}"                 # 16 characters or more
#     tasks: [hello]                       # without this line, everything
#     budget: { limit: 50 USD, per: month }
#     rate: { requests: 600/min }

# customers:
#   default: { budget: { limit: 2 USD, per: day } }   # for each customer that is not named

# prices:                                  # own contracts and machines; the rest is in the catalog
#   house/qwen3-32b: { gpus: 2, usd_per_gpu_hour: 1.79 }
`
}

/** What could stand beside them, or in their place. */
function otherProviders(vendors: readonly ListedVendor[]): readonly string[] {
  const examples =
    vendors.length > 0 ? [] : [`  # ${'deepseek: {}'.padEnd(22)} # key from DEEPSEEK_API_KEY`]
  return [
    ...examples,
    '  # house:                                 # an engine of your own',
    '  #   type: vllm',
    '  #   base_url: http://127.0.0.1:8000/v1',
    '  #   data: on-premises',
  ]
}
