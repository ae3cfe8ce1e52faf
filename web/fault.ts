/** Why an answer of the gateway could not be shown, in words for whoever looks at the page. */
export class Fault extends Error {
  override readonly name = 'Fault'
  /** Of the answer; null when there was none. */
  readonly status: number | null
  /** The gateway's own word for it, as in docs/reference/errors.md; null when it said none. */
  readonly code: string | null
  readonly requestId: string | null

  constructor(
    message: string,
    facts: { status?: number; code?: string | null; requestId?: string | null } = {},
  ) {
    super(message)
    this.status = facts.status ?? null
    this.code = facts.code ?? null
    this.requestId = facts.requestId ?? null
  }

  /** Asking again may help. */
  get passing(): boolean {
    return this.status === null || this.status === 502 || this.status === 503 || this.status === 504
  }

  get signedOut(): boolean {
    return this.status === 401
  }
}

export function unreachable(late: boolean, waitedMs: number): Fault {
  return new Fault(
    late
      ? `The gateway has not answered within ${waitedMs / 1000} s.`
      : 'The gateway cannot be reached. It may be stopping, or the network between is down.',
  )
}

export function faultOf({ status, headers }: Response, text: string): Fault {
  const { code, message } = said(text)
  return new Fault(message ?? `The gateway answered with status ${status} and no reason.`, {
    status,
    code,
    requestId: headers.get('x-request-id'),
  })
}

function said(text: string): { readonly code: string | null; readonly message: string | null } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } }
    return {
      code: typeof error?.code === 'string' ? error.code : null,
      message: typeof error?.message === 'string' ? error.message : null,
    }
  } catch {
    return { code: null, message: null }
  }
}
