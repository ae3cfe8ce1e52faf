import { Fraction } from '../../core/fraction.ts'
import { isUnit, type Kind, kinds } from '../../core/usage.ts'
import type { ChargeLine } from '../economics/charge-line.ts'
import { focusRow } from '../economics/focus.ts'

/** What FOCUS calls each kind, and what it is counted in. */
const meters = {
  input: 'Input Tokens',
  cacheRead: 'Cache Read Tokens',
  cacheWrite5m: 'Cache Write Tokens',
  cacheWrite1h: 'Cache Write 1 Hour Tokens',
  output: 'Output Tokens',
  reasoning: 'Reasoning Tokens',
  audioIn: 'Audio Input Tokens',
  audioOut: 'Audio Output Tokens',
  search: 'Searches',
  imageIn: 'Image Input Tokens',
  imageOut: 'Image Output Tokens',
  images: 'Images',
  characters: 'Characters',
  seconds: 'Seconds',
} as const satisfies Record<Kind, string>

/** Columns that hold amounts, quantities and prices; all others are text. */
export const focusNumbers = {
  BilledCost: 12,
  EffectiveCost: 12,
  ListCost: 24,
  ContractedCost: 24,
  ListUnitPrice: 18,
  ContractedUnitPrice: 18,
  PricingQuantity: 6,
  ConsumedQuantity: 0,
  PricingCurrencyListUnitPrice: 18,
  PricingCurrencyContractedUnitPrice: 18,
  PricingCurrencyEffectiveCost: 24,
  x_RequestCount: 0,
} as const

/** In the order of an export: FOCUS 1.2's, then ours. */
export const focusColumns = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'ContractedUnitPrice',
  'EffectiveCost',
  'InvoiceIssuerName',
  'ListCost',
  'ListUnitPrice',
  'PricingCategory',
  'PricingCurrency',
  'PricingCurrencyContractedUnitPrice',
  'PricingCurrencyEffectiveCost',
  'PricingCurrencyListUnitPrice',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'RegionId',
  'RegionName',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'SkuId',
  'SkuMeter',
  'SkuPriceDetails',
  'SkuPriceId',
  'x_CustomerId',
  'x_Feature',
  'x_RequestCount',
  'x_Purpose',
  'x_ModelRevision',
  'x_ContextTierAbove',
  'x_ServiceMode',
  'x_PriceTableVersion',
  'x_PriceSource',
  'x_CostSource',
  'x_CorrectionKind',
] as const

export type FocusRow = Readonly<Record<(typeof focusColumns)[number], string | null>>

/**
 * A line as a row of FOCUS 1.2. What was billed is what the ledger says, to the picodollar; what the list would
 * make of the quantity is printed beside it with all digits.
 * @see https://focus.finops.org/focus-specification/v1-2/
 */
export function focusOf(line: ChargeLine): FocusRow {
  const provider = line.provider ?? 'unknown'
  const model = line.model ?? 'unknown'
  const kind = kinds.find((each) => each === line.meter) ?? null
  const priced = pricedOf(line, provider, model, kind)
  const isLate = line.corrected_month !== null && line.corrected_month !== line.month
  return {
    BillingAccountId: provider,
    BillingAccountName: provider,
    BillingCurrency: 'USD',
    BillingPeriodStart: line.month,
    BillingPeriodEnd: line.month_end,
    ChargePeriodStart: line.day,
    ChargePeriodEnd: line.day_end,
    ChargeCategory: line.correction === null ? 'Usage' : 'Adjustment',
    // Of a month that was invoiced: one of the month that still runs is put right before it is.
    ChargeClass: isLate ? 'Correction' : null,
    ChargeDescription: describedAs(line, provider, model, kind),
    ChargeFrequency: line.correction === null ? 'Usage-Based' : 'One-Time',
    InvoiceIssuerName: provider,
    ProviderName: provider,
    PublisherName: line.author ?? provider,
    RegionId: line.region,
    RegionName: line.region,
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: provider,
    ServiceSubcategory: 'Generative AI',
    PricingCategory: line.correction === null ? 'Standard' : null,
    SkuId: `${provider}/${model}`,
    SkuMeter: kind === null ? null : meters[kind],
    SkuPriceDetails: null,
    ...priced,
    BilledCost: line.cost_usd,
    EffectiveCost: line.cost_usd,
    x_CustomerId: line.customer,
    x_Feature: line.feature,
    x_RequestCount: String(line.attempts),
    x_Purpose: line.purpose,
    x_ModelRevision: line.model,
    x_ContextTierAbove: String(line.above_input_tokens),
    x_ServiceMode: line.mode,
    x_PriceTableVersion: line.price_id,
    x_PriceSource: line.source,
    x_CostSource: line.cost_source,
    x_CorrectionKind: line.correction,
  }
}

type Priced = Pick<
  FocusRow,
  | 'ConsumedQuantity'
  | 'ConsumedUnit'
  | 'PricingQuantity'
  | 'PricingUnit'
  | 'ListUnitPrice'
  | 'ContractedUnitPrice'
  | 'ListCost'
  | 'ContractedCost'
  | 'PricingCurrency'
  | 'PricingCurrencyListUnitPrice'
  | 'PricingCurrencyContractedUnitPrice'
  | 'PricingCurrencyEffectiveCost'
  | 'SkuPriceId'
>

function pricedOf(line: ChargeLine, provider: string, model: string, kind: Kind | null): Priced {
  if (kind === null || line.unit_price === null) {
    return {
      ConsumedQuantity: null,
      ConsumedUnit: null,
      PricingQuantity: null,
      PricingUnit: null,
      ListUnitPrice: null,
      ContractedUnitPrice: null,
      ListCost: line.cost_usd,
      ContractedCost: line.cost_usd,
      PricingCurrency: null,
      PricingCurrencyListUnitPrice: null,
      PricingCurrencyContractedUnitPrice: null,
      PricingCurrencyEffectiveCost: null,
      SkuPriceId: null,
    }
  }
  const price = Fraction.of(line.unit_price)
  const row = focusRow({
    provider,
    model,
    region: line.region,
    serviceTier: line.mode,
    aboveInputTokens: line.above_input_tokens,
    meter: meters[kind],
    tokens: BigInt(line.units),
    listPrice: price,
    contractPrice: price,
    prepaid: false,
    pricingCategory: 'Standard',
  })
  const unit = isUnit(kind) ? meters[kind] : 'Tokens'
  const isUsd = line.currency === 'USD'
  return {
    ConsumedQuantity: row.ConsumedQuantity,
    ConsumedUnit: unit,
    PricingQuantity: row.PricingQuantity,
    PricingUnit: `1000000 ${unit}`,
    // A card in yuan has no price in dollars: what it came to was converted at the rate of each day.
    ListUnitPrice: isUsd ? row.ListUnitPrice : null,
    ContractedUnitPrice: isUsd ? row.ContractedUnitPrice : null,
    ListCost: isUsd ? row.ListCost : line.cost_usd,
    ContractedCost: isUsd ? row.ContractedCost : line.cost_usd,
    PricingCurrency: line.currency,
    PricingCurrencyListUnitPrice: row.ListUnitPrice,
    PricingCurrencyContractedUnitPrice: row.ContractedUnitPrice,
    PricingCurrencyEffectiveCost: isUsd ? line.cost_usd : row.ListCost,
    SkuPriceId: row.SkuPriceId,
  }
}

function describedAs(
  { correction, cost_source: source }: ChargeLine,
  provider: string,
  model: string,
  kind: Kind | null,
): string {
  const name = `${provider}/${model}`
  if (correction !== null) return `${name}: correction, ${correction}`
  if (kind !== null) return `${name}: ${meters[kind]}`
  return source === 'gpu' ? `${name}: time of machines` : `${name}: all meters`
}
