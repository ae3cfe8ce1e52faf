/** The five reasons to run machines of one's own although the API is cheaper, or because it is not. */
export interface Questions {
  /** Calls a month from which own machines pay for good; null: never, or not known. */
  readonly paysFrom: bigint | null
  readonly callsPerMonth: number
  /** The data may not leave the premises. */
  readonly compliance: boolean
  readonly research: boolean
  readonly idleGpus: boolean
  /** The first token is needed within so many milliseconds; null: nothing was said. */
  readonly latencyMs: number | null
}

export interface Answered {
  readonly question: string
  readonly answer: 'yes' | 'no' | 'not said'
  readonly means: string
}

/** No network round trip to a vendor and its queue stays below this. */
const vendorMs = 50

export function exceptionsOf(asked: Questions): readonly Answered[] {
  const { paysFrom, callsPerMonth, compliance, research, idleGpus, latencyMs } = asked
  const hasVolume = paysFrom !== null && callsPerMonth >= Number(paysFrom)
  const flagged = (is: boolean): Answered['answer'] => (is ? 'yes' : 'not said')
  return [
    {
      question: 'Volume: is it large enough, for good?',
      answer: hasVolume ? 'yes' : 'no',
      means: hasVolume
        ? 'Own machines cost less at this volume.'
        : paysFrom === null
          ? 'No volume was found at which they cost less.'
          : `They cost less from ${paysFrom} calls a month.`,
    },
    {
      question: 'Compliance: must the data stay on the premises?',
      answer: flagged(compliance),
      means: compliance
        ? 'Then the price is that of the rule; demand it of the task (data: on-premises), and no API is ever asked.'
        : 'Say so with --compliance.',
    },
    {
      question: 'Research: are the weights themselves worked on?',
      answer: flagged(research),
      means: research
        ? 'Then machines are needed anyway; count only what serving adds.'
        : 'Say so with --research.',
    },
    {
      question: 'Idle cards: are there any that are paid for anyway?',
      answer: flagged(idleGpus),
      means: idleGpus
        ? 'Then a card-hour costs its electricity: give that as --rent.'
        : 'Say so with --idle-gpus.',
    },
    {
      question: `Latency: is the first token needed within ${vendorMs} ms?`,
      answer: latencyMs === null ? 'not said' : latencyMs < vendorMs ? 'yes' : 'no',
      means:
        latencyMs !== null && latencyMs < vendorMs
          ? 'No API across a network keeps that; a small model on the spot may.'
          : 'Say what is needed with --latency.',
    },
  ]
}
