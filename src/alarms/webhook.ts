import type { Clock } from '../core/clock.ts'
import { isoText } from '../core/clock.ts'
import type { AlarmRow } from '../store/ports.ts'
import type { Deliver } from './alarms.ts'

/** Alarms that wait for a webhook which does not answer; more are dropped, and counted. */
const waitingMax = 100
const attempts = 5
const firstWaitMs = 1_000

/** Posts JSON to an address, and follows no redirect. @returns the status of the answer @throws Error when there is none */
export type Post = (url: string, body: string) => Promise<number>

/**
 * Sends alarms to a webhook, one after another and never in anybody's way. The body is Slack's shape
 * (`text`) and a generic one (`alarm`) at once; a failed delivery is tried again, each time later.
 */
export class Webhook {
  readonly #url: string
  readonly #clock: Clock
  readonly #post: Post
  readonly #waiting: AlarmRow[] = []
  #running = false
  delivered = 0
  failed = 0

  constructor(url: string, clock: Clock, post: Post) {
    this.#url = url
    this.#clock = clock
    this.#post = post
  }

  readonly deliver: Deliver = (alarm) => {
    if (this.#waiting.length >= waitingMax) {
      this.failed += 1
      return
    }
    this.#waiting.push(alarm)
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    for (let alarm = this.#waiting.shift(); alarm !== undefined; alarm = this.#waiting.shift()) {
      if (await this.#send(alarm)) this.delivered += 1
      else this.failed += 1
    }
    this.#running = false
  }

  async #send(alarm: AlarmRow): Promise<boolean> {
    const body = JSON.stringify(webhookBody(alarm))
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      try {
        const status = await this.#post(this.#url, body)
        if (status >= 200 && status < 300) return true
      } catch {
        // Tried again below; what it was matters less than that it gets through.
      }
      if (attempt < attempts) await this.#clock.sleep(firstWaitMs * 2 ** (attempt - 1))
    }
    return false
  }
}

/**
 * Names of models and customers come from callers: in Slack's `text` they are words, no link and no call to all.
 * @see https://api.slack.com/messaging/webhooks (read 2026-11-21)
 * @see https://api.slack.com/docs/message-formatting, which three characters are escaped (read 2026-11-22)
 */
function webhookBody(alarm: AlarmRow): object {
  const { kind, subject, severity, text, firstAt, lastAt, count, resolvedAt } = alarm
  const mark = resolvedAt === null ? severity.toUpperCase() : 'RESOLVED'
  return {
    text: escaped(`[Freehold] ${mark} ${kind} (${subject}): ${text}`),
    alarm: {
      kind,
      subject,
      severity,
      text,
      first_at: isoText(firstAt),
      last_at: isoText(lastAt),
      count,
      resolved_at: resolvedAt === null ? null : isoText(resolvedAt),
    },
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
