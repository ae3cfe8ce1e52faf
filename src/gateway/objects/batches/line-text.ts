import { newCallId } from '../../../core/ids.ts'
import type { LineAnswer } from './ask-line.ts'
import type { BatchEnding } from './facts.ts'

/** Lines of a batch's output, as OpenAI writes them. */

const leftWords = {
  completed: { code: 'batch_incomplete', message: 'This request was not run.' },
  expired: {
    code: 'batch_expired',
    message: 'This request was not run before the completion window ended.',
  },
  cancelled: {
    code: 'batch_cancelled',
    message: 'This request was not run before the batch was cancelled.',
  },
} satisfies Record<BatchEnding, { code: string; message: string }>

/** The answer stands in it as it came; line ends, which JSON allows between its values, do not. */
export function lineText(customId: string, { requestId, status, text }: LineAnswer): string {
  const body = text.replaceAll(/[\r\n]+/g, ' ')
  return `{"id":"batch_req_${requestId.replaceAll('-', '')}","custom_id":${JSON.stringify(customId)},"response":{"status_code":${status},"request_id":"${requestId}","body":${body}},"error":null}`
}

/** Of a line that was not run, because the batch came to its end. */
export function leftText(customId: string, ending: BatchEnding): string {
  const error = leftWords[ending]
  const id = `batch_req_${newCallId().replaceAll('-', '')}`
  return JSON.stringify({ id, custom_id: customId, response: null, error })
}
