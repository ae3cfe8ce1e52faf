import { events, manners } from './company.ts'

/** Where the demo's vendors are said to live: a name that no network knows, so that nothing can leave the machine. */
export const simulatedHost = 'simulated.invalid'

const vendors = [...new Set(Object.values(manners).map(({ model }) => model.split('/')[0]!))]

/** The configuration of the simulated company. All its keys are made up and open nothing. */
export function demoConfig(): string {
  const { canary, shadow } = events
  return `# yaml-language-server: $schema=./freehold.schema.json
# The configuration of the demo. Vendors and their prices are real, their answers are not: every call goes to the
# simulator on this machine, and everything before the first start was made up.

server: { host: 127.0.0.1 }
store: ./store
timezone: UTC
payloads: full

providers:                                 # ${simulatedHost} is nowhere: freehold demo answers in its place
${vendors.map((id) => `  ${id}: { base_url: "http://${id}.${simulatedHost}/v1", api_key: simulated-${id} }`).join('\n')}
  sim: {}

tasks:
  support:                                 # what the help desk and the search ask
    models: [${manners.haiku.model}, ${manners.mini.model}]
    cache: { ttl: 1h }
    canary:                                # takes over in steps, and goes back by itself when a guard breaks
      model: ${manners[canary.name].model}
      steps: [${canary.steps.join(', ')}]
      hold: 2d
      calls: 400
  classify:
    models: [${manners.oss.model}, ${manners.small.model}]
    cache: { ttl: 1h }
  summarise:
    models: [${manners.kimi.model}, ${manners.sonnet.model}]
  extract:
    policy: weighted
    models: { ${manners.mini.model}: 80, ${manners.flash.model}: 20 }
    shadow: { model: ${manners[shadow.name].model}, share: ${shadow.share} }

keys:
  - id: web
    secret: simulated-web-key-0001
    env: production
    tasks: [support]
    rate: { requests: 600/min }
  - id: worker
    secret: simulated-worker-key-01
    env: production
    budget: { limit: 150 USD, per: month }
  - id: staging
    secret: simulated-staging-key-1
    env: staging
    budget: { limit: 25 USD, per: month }

customers:
  default: { budget: { limit: 40 USD, per: day } }
  "O'Brien Legal": { budget: { limit: 60 USD, per: month } }

economics:
  payment_share: 0.029
  payment_fixed: 0.30 USD
  servers: 140 USD
  other: 90 USD
  cash: 180000 USD
  revenue_growth: 0.06
  cost_growth: 0.08
`
}
