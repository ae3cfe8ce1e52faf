import type { Target } from '../load/target.ts'
import { startFreehold } from '../subjects/freehold.ts'
import { nginxMissing, startNginxProxy, startStaticVendor } from '../subjects/nginx.ts'
import { installLitellm, installPortkey, startLitellm, startPortkey } from '../subjects/peers.ts'
import {
  type Door,
  type Name,
  names,
  path,
  type StartSubject,
  type Subject,
} from '../subjects/subject.ts'
import { testedCore, vendorCore } from './cores.ts'
import { firstLine, freePort, type Running, type Scratch, scratch, start } from './processes.ts'

const starters: Readonly<Record<Name, StartSubject>> = {
  freehold: startFreehold,
  nginx: startNginxProxy,
  portkey: startPortkey,
  litellm: startLitellm,
}

export interface SceneOptions {
  readonly quick: boolean
  /** Who is asked for; all without it. */
  readonly wanted?: readonly Name[]
  readonly tell: (text: string) => void
}

/** The vendors, who is measured, and what is common to all measurements of a run. */
export class Scene {
  readonly quick: boolean
  readonly tell: (text: string) => void
  readonly scratch: Scratch
  /** Why one of them is not measured. */
  readonly missing: Readonly<Partial<Record<Name, string>>>
  readonly present: readonly Name[]
  readonly #ports: Readonly<Record<Door, number>>
  readonly #vendors: readonly Running[]
  readonly #shared = new Map<Name, Promise<Subject>>()

  static async open({ quick, wanted = names, tell }: SceneOptions): Promise<Scene> {
    const why: Record<Name, string | null> = {
      freehold: null,
      nginx: nginxMissing,
      portkey: wanted.includes('portkey') ? await installPortkey() : null,
      litellm: wanted.includes('litellm') ? await installLitellm() : null,
    }
    const missing = Object.fromEntries(
      wanted.flatMap((name) => (why[name] === null ? [] : [[name, why[name]]])),
    ) as Partial<Record<Name, string>>
    const place = scratch()
    const script = new URL('../vendor.ts', import.meta.url).pathname
    const stream = start([process.execPath, script], { core: vendorCore, stdout: 'pipe' })
    const streamPort = Number(await firstLine(stream))
    const ports = {
      plain: nginxMissing === null ? await freePort() : streamPort,
      stream: streamPort,
    }
    const vendors: Running[] = [stream]
    if (nginxMissing === null) vendors.push(startStaticVendor(place, vendorCore, ports.plain))
    return new Scene(quick, tell, place, missing, wanted, ports, vendors)
  }

  private constructor(
    quick: boolean,
    tell: (text: string) => void,
    place: Scratch,
    missing: Partial<Record<Name, string>>,
    wanted: readonly Name[],
    ports: Readonly<Record<Door, number>>,
    vendors: readonly Running[],
  ) {
    this.quick = quick
    this.tell = tell
    this.scratch = place
    this.missing = missing
    this.present = names.filter((name) => wanted.includes(name) && missing[name] === undefined)
    this.#ports = ports
    this.#vendors = vendors
  }

  /** Those of `some` that can be measured. */
  among(...some: readonly Name[]): readonly Name[] {
    return this.present.filter((name) => some.includes(name))
  }

  /** One of them, started once for the whole run, on the core that is measured. */
  subject(name: Name): Promise<Subject> {
    const known = this.#shared.get(name)
    if (known) return known
    const starting = this.fresh(name)
    this.#shared.set(name, starting)
    return starting
  }

  /** One for a single measurement, which ends it. */
  fresh(name: Name, options: { core?: number | null; stream?: number } = {}): Promise<Subject> {
    const { core = testedCore, stream = this.#ports.stream } = options
    return starters[name]({ scratch: this.scratch, plain: this.#ports.plain, stream }, core)
  }

  /** The vendor itself, with nobody between. */
  direct(door: Door): Target {
    return { url: `http://127.0.0.1:${this.#ports[door]}${path}`, headers: {}, model: 'large' }
  }

  async close(): Promise<void> {
    for (const subject of this.#shared.values())
      await subject.then((each) => each.end()).catch(() => {})
    for (const vendor of this.#vendors) await vendor.end()
    this.scratch.remove()
  }
}
