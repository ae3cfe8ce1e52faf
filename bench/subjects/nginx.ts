import { freePort, type Running, type Scratch, start } from '../harness/processes.ts'
import { plainAnswer, plainBody } from '../load/target.ts'
import { answering, path, type StartSubject, type Subject } from './subject.ts'

export const nginxMissing: string | null =
  Bun.which('nginx') === null
    ? 'nginx is not installed. On Debian: apt-get install nginx-light'
    : null

/** A bare proxy: it parses nothing, and counts nothing. */
export const startNginxProxy: StartSubject = async ({ scratch, plain, stream }, core) => {
  const ports = { plain: await freePort(), stream: await freePort() }
  const upstream = (name: string, port: number): string =>
    `upstream ${name} { server 127.0.0.1:${port}; keepalive 512; keepalive_requests 10000000; }`
  const server = (name: string, port: number): string =>
    `server { listen ${port}; location / { proxy_pass http://${name}; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; proxy_request_buffering off; } }`
  const running = nginx(
    scratch,
    'proxy',
    core,
    [
      upstream('plain', plain),
      upstream('streams', stream),
      server('plain', ports.plain),
      server('streams', ports.stream),
    ].join('\n'),
  )
  const subject: Subject = {
    name: 'nginx',
    pid: running.pid,
    target: (door) => ({
      url: `http://127.0.0.1:${ports[door]}${path}`,
      headers: {},
      model: 'large',
    }),
    end: () => running.end(),
  }
  return await answering(subject, plainBody('large'))
}

/** The vendor of plain calls: one fixed answer, at next to no cost. */
export function startStaticVendor(scratch: Scratch, core: number, port: number): Running {
  return nginx(
    scratch,
    'vendor',
    core,
    `server { listen ${port} backlog=4096; location / { default_type application/json; return 200 '${plainAnswer}'; } }`,
  )
}

let count = 0

function nginx(scratch: Scratch, name: string, core: number | null, http: string): Running {
  count += 1
  const folder = scratch.sub(`${name}-${count}`)
  const config = scratch.file(
    `${name}-${count}.conf`,
    `daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 16384; }
http { access_log off; keepalive_requests 100000000; client_max_body_size 64m; client_body_buffer_size 128k;
client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder};
scgi_temp_path ${folder};
${http}
}`,
  )
  return start(['nginx', '-p', folder, '-c', config], { core, stderr: 'ignore' })
}
