import { faultPrefix } from './profiles.ts'

/** Models that make or hear what is no text, and how each is sold. */
export const mediaModels = {
  painter: { makes: 'pictures', soldBy: 'tokens' },
  sketch: { makes: 'pictures', soldBy: 'unit' },
  voice: { makes: 'sound', soldBy: 'unit' },
  clerk: { makes: 'transcripts', soldBy: 'tokens' },
  scribe: { makes: 'transcripts', soldBy: 'unit' },
} as const satisfies Record<string, MediaModel>

export interface MediaModel {
  readonly makes: 'pictures' | 'sound' | 'transcripts'
  readonly soldBy: 'tokens' | 'unit'
}

/** Null when there is none of this name that makes this; a fault plays at any door. */
export function findMediaModel(name: string, makes: MediaModel['makes']): MediaModel | null {
  if (name.startsWith(faultPrefix)) return { makes, soldBy: 'tokens' }
  if (!Object.hasOwn(mediaModels, name)) return null
  const model = mediaModels[name as keyof typeof mediaModels]
  return model.makes === makes ? model : null
}
