import { Fraction } from '../../core/fraction.ts'

/**
 * One row of a FOCUS 1.2 export: what one meter of one model came to, for one customer and feature on one
 * day. Amounts are decimal text, all digits, so that ListUnitPrice times PricingQuantity is ListCost to the
 * last one.
 * @see https://focus.finops.org/focus-specification/v1-2/
 */
export interface FocusCharge {
  readonly provider: string
  readonly model: string
  readonly region: string
  /** 'standard', 'batch', 'off-peak' ... */
  readonly serviceTier: string
  /** Bound of the context tier; 0 for the base price. */
  readonly aboveInputTokens: number
  readonly meter: string
  readonly tokens: bigint
  /** USD per million, as the list and as the contract has it. */
  readonly listPrice: Fraction
  readonly contractPrice: Fraction
  /** Drawn from credit that was bought: the purchase's own row has the cash. */
  readonly prepaid: boolean
  readonly pricingCategory: 'Standard' | 'Committed' | 'Dynamic'
}

/** Digits behind the point of any exact product of such prices and quantities. */
const allDigits = 30

export function focusRow(charge: FocusCharge) {
  const { provider, model, tokens } = charge
  const quantity = new Fraction(tokens, 1_000_000n)
  const list = charge.listPrice.times(quantity)
  const contract = charge.contractPrice.times(quantity)
  const text = (amount: Fraction): string => amount.text(allDigits)
  return {
    ChargeCategory: 'Usage',
    ChargeFrequency: 'Usage-Based',
    ServiceCategory: 'AI and Machine Learning',
    ServiceSubcategory: 'Generative AI',
    PricingCategory: charge.pricingCategory,
    ConsumedQuantity: tokens.toString(),
    ConsumedUnit: 'Tokens',
    PricingQuantity: text(quantity),
    PricingUnit: '1000000 Tokens',
    ListUnitPrice: text(charge.listPrice),
    ContractedUnitPrice: text(charge.contractPrice),
    ListCost: text(list),
    ContractedCost: text(contract),
    BilledCost: charge.prepaid ? '0' : text(contract),
    EffectiveCost: text(contract),
    BillingCurrency: 'USD',
    SkuMeter: charge.meter,
    SkuId: `${provider}/${model}`,
    SkuPriceId: [
      provider,
      model,
      charge.region,
      charge.serviceTier,
      `ctx${charge.aboveInputTokens}`,
      charge.meter,
    ].join('/'),
  } as const
}
