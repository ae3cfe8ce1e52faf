import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Certificates of an authority that lives as long as a test, so that no key stands in the sources. */
export interface Authority {
  /** What trusts it. */
  readonly ca: string
  /** Where `ca` stands, for a process that is told so by its environment. */
  readonly caPath: string
  /** @param names  such as 'DNS:localhost,IP:127.0.0.1'. @param days  below 0: it has expired */
  issue(names: string, days?: number): Certificate
  selfSigned(names: string): Certificate
  remove(): void
}

/** Null where there is no `openssl`. */
export function makeAuthority(): Authority | null {
  if (Bun.which('openssl') === null) return null
  const folder = mkdtempSync(join(tmpdir(), 'freehold-ca-'))
  const at = (name: string): string => join(folder, name)
  const read = (name: string): string => readFileSync(at(name), 'utf8')
  const openssl = (...options: readonly string[]): void => {
    const args = options.join(' ').split(' ')
    const { exitCode, stderr } = Bun.spawnSync(['openssl', ...args], {
      cwd: folder,
      stderr: 'pipe',
    })
    if (exitCode !== 0) throw new Error(stderr.toString())
  }
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
  const selfSign = (name: string, extension: string): void =>
    openssl(
      `req -x509 ${newKey} -days 2 -subj /CN=${name} -addext ${extension}`,
      `-keyout ${name}.key -out ${name}.pem`,
    )
  selfSign('ca', 'basicConstraints=critical,CA:TRUE')
  let issued = 0
  return {
    ca: read('ca.pem'),
    caPath: at('ca.pem'),
    issue(names, days = 2) {
      issued += 1
      const name = `issued-${issued}`
      writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`)
      openssl(`req -new ${newKey} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`)
      openssl(
        `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial`,
        `-days ${days} -extfile ${name}.ext -out ${name}.pem`,
      )
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) }
    },
    selfSigned(names) {
      selfSign('self', `subjectAltName=${names}`)
      return { cert: read('self.pem'), key: read('self.key') }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
