import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort, start } from '../harness/processes.ts'
import { plainBody } from '../load/target.ts'
import { answering, path, type StartSubject, type Subject } from './subject.ts'

/** Peers are installed outside the repository, at these versions, and are no dependency of it. */
const portkeyVersion = '1.15.2'
/** With a later one its streams end in `TypeError: immutable` (Portkey-AI/gateway#1389). */
const nodeServerVersion = '1.14.1'
const litellmVersion = '1.106.0'

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'freehold-bench')
const portkey = join(cache, `portkey-${portkeyVersion}-${nodeServerVersion}`)
const portkeyServer = join(
  portkey,
  'node_modules',
  '@portkey-ai',
  'gateway',
  'build',
  'start-server.js',
)
const litellm = join(cache, `litellm-${litellmVersion}`)
const litellmServer = join(litellm, 'bin', 'litellm')

export const peers = {
  portkey: `@portkey-ai/gateway ${portkeyVersion} with @hono/node-server ${nodeServerVersion} on Node: headers name the provider; no keys, budgets or ledger in it`,
  litellm: `litellm[proxy] ${litellmVersion}, one worker: master key and price; without a database no budgets or ledger`,
}

/** @returns why there is none; null when it is there */
export async function installPortkey(): Promise<string | null> {
  if (Bun.which('node') === null) return 'Node is not installed; Portkey runs on it'
  if (existsSync(portkeyServer)) return null
  mkdirSync(portkey, { recursive: true })
  const manifest = {
    private: true,
    dependencies: { '@portkey-ai/gateway': portkeyVersion },
    overrides: { '@hono/node-server': nodeServerVersion },
  }
  writeFileSync(join(portkey, 'package.json'), JSON.stringify(manifest))
  return await install(portkey, [
    ['npm', 'install', '--prefix', portkey, '--no-audit', '--no-fund', '--ignore-scripts'],
  ])
}

/** @returns why there is none; null when it is there */
export async function installLitellm(): Promise<string | null> {
  if (Bun.which('python3') === null) return 'Python 3 is not installed; LiteLLM runs on it'
  if (existsSync(litellmServer)) return null
  return await install(litellm, [
    ['python3', '-m', 'venv', litellm],
    [
      join(litellm, 'bin', 'pip'),
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `litellm[proxy]==${litellmVersion}`,
    ],
  ])
}

export const startPortkey: StartSubject = async ({ plain, stream }, core) => {
  const port = await freePort()
  const running = start(['node', portkeyServer, `--port=${port}`, '--headless'], {
    core,
    stderr: 'ignore',
    env: { NODE_ENV: 'production' },
  })
  const vendors = { plain, stream }
  const subject: Subject = {
    name: 'portkey',
    pid: running.pid,
    target: (door) => ({
      url: `http://127.0.0.1:${port}${path}`,
      headers: {
        authorization: 'Bearer acme-key-0123456789',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${vendors[door]}/v1`,
      },
      model: 'large',
    }),
    end: () => running.end(),
  }
  return await answering(subject, plainBody('large'))
}

export const startLitellm: StartSubject = async ({ scratch, plain, stream }, core) => {
  const port = await freePort()
  const model = (name: string, vendor: number): string =>
    `  - { model_name: ${name}, litellm_params: { model: openai/large, api_base: 'http://127.0.0.1:${vendor}/v1', api_key: acme-key-0123456789, input_cost_per_token: 0.00000015, output_cost_per_token: 0.0000006 } }`
  const config = scratch.file(
    `litellm-${port}.yaml`,
    `model_list:
${model('support', plain)}
${model('talk', stream)}
general_settings: { master_key: sk-bench-0123456789 }
litellm_settings: { telemetry: false }
`,
  )
  const running = start(
    [litellmServer, '--config', config, '--host', '127.0.0.1', '--port', String(port)],
    {
      core,
      stderr: 'ignore',
      // Prices are those of the file, and nothing is fetched.
      env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', NO_PROXY: '127.0.0.1' },
    },
  )
  const subject: Subject = {
    name: 'litellm',
    pid: running.pid,
    target: (door) => ({
      url: `http://127.0.0.1:${port}${path}`,
      headers: { authorization: 'Bearer sk-bench-0123456789' },
      model: door === 'plain' ? 'support' : 'talk',
    }),
    end: () => running.end(),
  }
  return await answering(subject, plainBody('support'))
}

/** How long an installation may take. */
const installMs = 300_000

/** Half an installation is removed again, so that the next run tries anew. */
async function install(
  folder: string,
  commands: readonly (readonly string[])[],
): Promise<string | null> {
  process.stderr.write(`installing into ${folder}, once; this takes minutes ...\n`)
  mkdirSync(cache, { recursive: true })
  for (const command of commands) {
    const running = start(command, { core: null, stderr: 'pipe' })
    const late = setTimeout(() => void running.end(), installMs)
    const said = await new Response(running.child.stderr as ReadableStream).text()
    const code = await running.child.exited
    clearTimeout(late)
    await running.end()
    if (code === 0) continue
    rmSync(folder, { recursive: true, force: true })
    const why = said.split('\n').findLast((line) => /error|ERR/i.test(line))
    return `it could not be installed: ${(why ?? 'no reason was given').slice(0, 200)}`
  }
  return null
}
