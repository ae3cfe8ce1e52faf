import type { Model } from '../../catalog/model.ts'

/** A live provider, as far as dependence goes. */
export interface Seller {
  /** The vendor that it is, whatever it is called here. */
  readonly vendor: string
  readonly kind: 'vendor' | 'aggregator' | 'engine' | 'simulator' | 'compatible'
  readonly jurisdiction: string | null
  readonly onPremises: boolean
}

export interface Behind {
  readonly seller: string
  /** Who can stop the service; an aggregator is looked through where one vendor alone can stand behind it. */
  readonly host: string | null
  readonly author: string | null
  readonly jurisdiction: string | null
}

/**
 * Who stands behind a model. Closed weights are served by their author, whoever sells them; open weights
 * at an aggregator are served by somebody whom nobody names.
 * @param seatOf  where a vendor is answerable to law
 */
export function behind(
  provider: string,
  model: Model | null,
  seller: Seller | null,
  seatOf: (vendor: string) => string | null,
): Behind {
  const author = model?.author ?? null
  if (seller === null) return { seller: provider, host: null, author, jurisdiction: null }
  if (seller.onPremises || seller.kind === 'engine')
    return { seller: provider, host: provider, author, jurisdiction: seller.jurisdiction ?? 'own' }
  if (seller.kind !== 'aggregator') {
    // A base URL of whoever it may be is known by the name that it was given.
    const host = seller.kind === 'compatible' ? provider : seller.vendor
    return { seller: provider, host, author, jurisdiction: seller.jurisdiction }
  }
  const isClosed = model?.openWeights === false && author !== null
  return {
    seller: provider,
    host: isClosed ? author : null,
    author,
    jurisdiction: isClosed ? seatOf(author) : null,
  }
}
