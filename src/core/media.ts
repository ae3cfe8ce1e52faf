import type { Extra, FormFile } from './extra.ts'
import type { Measured } from './usage.ts'

/** Pictures to be made from words. */
export interface MakeImage {
  readonly operation: 'image'
  readonly prompt: string
  readonly n: number | null
  /** '1024x1024' */
  readonly size: string | null
  readonly quality: string | null
  /** 'url' or 'b64_json'; null: as the model does it. */
  readonly format: string | null
  readonly extra: Extra
}

export interface ImageReply {
  readonly operation: 'image'
  readonly model: string | null
  readonly createdS: number | null
  readonly images: readonly MadeImage[]
  readonly measured: Measured | null
  readonly extra: Extra
}

export interface MadeImage {
  readonly url: string | null
  readonly base64: string | null
  readonly revisedPrompt: string | null
  readonly extra: Extra
}

/** A text to be spoken. */
export interface Speak {
  readonly operation: 'speech'
  readonly text: string
  readonly extra: Extra
}

/** Its bytes are passed on as they come, and are not kept. */
export interface SpeechReply {
  readonly operation: 'speech'
  readonly model: string | null
  readonly mediaType: string
  /** Bytes that came. */
  readonly size: number
  readonly measured: Measured | null
}

/** Speech to be written down. */
export interface Transcribe {
  readonly operation: 'transcribe'
  readonly file: FormFile
  /** In English, whatever was spoken. */
  readonly translate: boolean
  /** Fields of the form beside the file, as they came. */
  readonly extra: Extra
}

export interface TranscribeReply {
  readonly operation: 'transcribe'
  readonly model: string | null
  /** JSON, or one of the formats of subtitles. */
  readonly mediaType: string
  readonly text: string
  readonly measured: Measured | null
  readonly extra: Extra
}
