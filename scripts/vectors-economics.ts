// The groups of test vectors that the economics answer, from a case's `in` to its `out`.
import type { Price, PriceTier } from '../src/catalog/model.ts'
import type { Instant } from '../src/core/clock.ts'
import { instant } from '../src/core/clock.ts'
import { Fraction } from '../src/core/fraction.ts'
import { usdText } from '../src/core/money.ts'
import { noUsage, type Usage } from '../src/core/usage.ts'
import { apportion } from '../src/control/economics/apportion.ts'
import { breakEvenOf, ownedCost } from '../src/control/economics/break-even.ts'
import {
  fleetFor,
  measuredFleet,
  saturation,
  selfHostCost,
  waitingOf,
} from '../src/control/economics/capacity.ts'
import { concentrationOf, deprecationExposure } from '../src/control/economics/concentration.ts'
import { varianceOf } from '../src/control/economics/currency.ts'
import {
  type Estimate,
  meanEstimate,
  ratioEstimate,
  totalEstimate,
} from '../src/control/economics/estimates.ts'
import { focusRow } from '../src/control/economics/focus.ts'
import { growthOf, marginsOf } from '../src/control/economics/margin.ts'
import { costOnModel } from '../src/control/economics/on-model.ts'
import { blendedPrice, cacheBreakEven, commitmentOf } from '../src/control/economics/prices.ts'
import { type KnownSegment, reRate } from '../src/control/economics/re-rate.ts'
import {
  annualGrowth,
  monthlyCost,
  remainder,
  sumOf,
  tokensPerDayFor,
} from '../src/control/economics/scenarios.ts'
import { runwayOf, shockOf } from '../src/control/economics/shock.ts'

type Texts = Readonly<Record<string, string>>
type Group = (input: never) => unknown

/** Vectors write their prices and segments in their own names: whoever reads them gives these. */
export interface Readers {
  readonly priceOf: (meters: Texts) => Price
  readonly segmentOf: (segment: never) => KnownSegment
}

const of = (value: string | number | undefined, absent = '0'): Fraction =>
  Fraction.of(value ?? absent)

/** Digits that the vectors show of each kind of figure. */
const digits = { money: 6, ratio: 9, exchange: 12, tokens: 3, all: 30 } as const

const moneyText = (amount: Fraction): string => amount.text(digits.money)
const textOrNull = (amount: Fraction | null, places: number): string | null =>
  amount?.text(places) ?? null

const hundred = Fraction.of(100)

export function economicsGroups({ priceOf, segmentOf }: Readers): Readonly<Record<string, Group>> {
  return {
    're-rate': (input: {
      schedule: readonly ({ knownFrom?: string; knownTo?: string } & object)[]
      usage: Partial<Usage>
      at: string
      knownAtOriginal: string
      knownAtNow: string
    }) => {
      const schedule = input.schedule.map((each) => ({
        ...segmentOf(each as never),
        ...(each.knownFrom !== undefined && { knownFrom: instant(each.knownFrom) }),
        ...(each.knownTo !== undefined && { knownTo: instant(each.knownTo) }),
      }))
      const usage = { ...noUsage, ...input.usage }
      const when = (text: string): Instant => instant(text)
      const { original, current, correction } = reRate(
        schedule,
        usage,
        when(input.at),
        when(input.knownAtOriginal),
        when(input.knownAtNow),
      )
      return {
        originalSegment: original.segment,
        currentSegment: current.segment,
        originalPicoUsd: original.cost?.toString() ?? null,
        currentPicoUsd: current.cost?.toString() ?? null,
        correctionPicoUsd: correction?.toString() ?? null,
      }
    },
    fx: (input: Texts) => {
      const { total, price, exchange } = varianceOf({
        priceBefore: of(input['price0']),
        priceAfter: of(input['price1']),
        rateBefore: of(input['rate0']),
        rateAfter: of(input['rate1']),
        quantity: of(input['quantityM']),
      })
      return {
        costReporting: of(input['costBilling']).over(of(input['rate1'])).text(digits.exchange),
        deltaTotal: total.text(digits.exchange),
        deltaPrice: price.text(digits.exchange),
        deltaFx: exchange.text(digits.exchange),
      }
    },
    'blended-price': (input: { price: Texts; inputShare: string; cacheHit: string }) => ({
      usdPerM: blendedPrice({
        input: of(input.price['in']),
        output: of(input.price['out']),
        cacheRead: of(input.price['cacheRead'] ?? input.price['in']),
        inputShare: of(input.inputShare),
        cacheHit: of(input.cacheHit),
      }).text(digits.all),
    }),
    'self-host-cost': (input: SelfHostInput) => {
      const cost = selfHostCost({
        ...workOf(input),
        utilisation: input.utilisation,
        replicas: input.replicas,
        gpusPerReplica: input.gpusPerReplica,
        usdPerGpuHour: input.gpuUsdHr,
        hoursPerMonth: input.hoursPerMonth,
        hiddenPerMonth: input.hiddenUsdPerMonth,
        engineers: input.engineerFte,
        engineerPerMonth: input.engineerLoadedUsdPerMonth,
      })
      return {
        maxReqPerSecPerReplica: cost.callsPerSecondMax,
        requestsPerMonth: cost.callsPerMonth,
        tokensPerMonth: cost.tokensPerMonth,
        monthlyCostUsd: cost.perMonth,
        usdPerMTokens: cost.perMillionTokens,
        usdPerRequest: cost.perCall,
        usdPerMOutputTokens: cost.perMillionOutputTokens,
        utilisationPenaltyVsSaturated: cost.utilisationPenalty,
      }
    },
    'break-even': (input: {
      apiUsdPerReq: string
      selfVarUsdPerReq: string
      replicaUsdPerMonth: string
      fixedUsdPerMonth: string
      reqPerMonthPerReplica: number
    }) => {
      const found = breakEvenOf({
        apiPerCall: of(input.apiUsdPerReq),
        ownPerCall: of(input.selfVarUsdPerReq),
        replica: of(input.replicaUsdPerMonth),
        fixed: of(input.fixedUsdPerMonth),
        callsPerReplica: BigInt(input.reqPerMonthPerReplica),
      })
      const [first, sustainedFrom] = [found.first, found.sustainedFrom].map(numberOrNull)
      if (found.why === 'own calls cost no less') {
        return { first, sustainedFrom, why: 'variable self-host cost >= API cost' }
      }
      return { first, sustainedFrom, replicasAtFirst: numberOrNull(found.replicasAtFirst) }
    },
    'erlang-c': (input: {
      lambda: number
      S: number
      c: number
      t: number
      ca2?: number
      cs2?: number
    }) => {
      const { lambda: arrivals, S: service, c: slots, ca2 = 1, cs2 = 1 } = input
      const queue = { arrivals, service, slots, arrivalsCv2: ca2, serviceCv2: cs2 }
      const { offered, load, stable, waits, meanS, longerThan } = waitingOf(queue)
      const known = { offeredErlangs: offered, rho: load, stable }
      if (!stable) return known
      return { ...known, pWait: waits, meanWaitS: meanS, pWaitGtT: longerThan(input.t) }
    },
    'fleet-size': (input: FleetInput) => {
      const fleet = fleetFor({
        ...workOf(input),
        arrivals: input.avgReqPerSec,
        peakToAverage: input.peakToAverage,
        utilisationMax: input.uMax,
        ttftBaseS: input.ttftBaseS,
        tpotS: input.tpotS,
        slotsPerReplica: input.slotsPerReplica,
        waitMaxS: input.waitSloS,
        quantile: input.quantile,
        ...(input.ca2 !== undefined && { arrivalsCv2: input.ca2 }),
        ...(input.cs2 !== undefined && { serviceCv2: input.cs2 }),
      })
      return {
        peakReqPerSec: fleet.peak,
        maxReqPerSecPerReplica: saturation(workOf(input), workOf(input)),
        nThroughput: fleet.forThroughput,
        nLatency: fleet.forWaiting,
        replicas: fleet.replicas,
        avgUtilisation: fleet.utilisation,
        pWaitGtSlo: fleet.waitsTooLong,
      }
    },
    'slo-capacity': (input: MeasuredInput) => {
      const fleet = measuredFleet(
        input.rows.map(({ reqPerSec, ...row }) => ({ ...row, callsPerSecond: reqPerSec })),
        {
          ttftMaxMs: input.ttftSloMs,
          tpotMaxMs: input.tpotSloMs,
          arrivals: input.avgReqPerSec,
          peakToAverage: input.peakToAverage,
          usdPerGpuHour: input.gpuUsdHr,
          hoursPerMonth: 730,
          inputTokens: input.isl,
          outputTokens: input.osl,
        },
      )
      if (fleet === null) return { feasible: false }
      return {
        feasible: true,
        concurrency: fleet.point.concurrency,
        reqPerSecPerReplica: fleet.point.callsPerSecond,
        replicas: fleet.replicas,
        monthlyUsd: fleet.perMonth,
        usdPerMTokens: fleet.perMillionTokens,
        avgUtilisation: fleet.utilisation,
      }
    },
    'on-prem-amortised': (input: Texts) => {
      const cost = ownedCost({
        gpus: of(input['gpus']),
        capexPerGpu: of(input['capexPerGpu']),
        overheadShare: of(input['overheadPct']),
        residualShare: of(input['residualPct']),
        months: of(input['months']),
        annualRate: of(input['annualRate']),
        kwPerGpu: of(input['kwPerGpu']),
        pue: of(input['pue']),
        hoursPerMonth: of(input['hoursPerMonth']),
        usdPerKwh: of(input['usdPerKwh']),
        loadFactor: of(input['loadFactor']),
        coloPerGpu: of(input['coloUsdPerGpuMonth']),
      })
      return {
        depreciation: moneyText(cost.depreciation),
        financing: moneyText(cost.financing),
        power: moneyText(cost.power),
        colo: moneyText(cost.colocation),
        totalUsdPerMonth: moneyText(cost.total),
        usdPerGpuHour: moneyText(cost.perGpuHour),
      }
    },
    'price-shock': (input: Texts) => {
      const result = shockOf({
        revenue: of(input['revenue']),
        apiCost: of(input['apiCost']),
        otherCost: of(input['otherCost']),
        share: of(input['share']),
        rise: of(input['shock']),
        reroutedShare: of(input['rerouteShare']),
        alternativeRatio: of(input['altCostRatio'], '1'),
        targetMargin: of(input['targetMargin']),
      })
      return {
        apiCostAfter: result.apiCostAfter.text(digits.ratio),
        grossMarginBefore: textOrNull(result.marginBefore, digits.ratio),
        grossMarginAfter: textOrNull(result.marginAfter, digits.ratio),
        upstreamShareBefore: textOrNull(result.upstreamBefore, digits.ratio),
        upstreamShareAfter: textOrNull(result.upstreamAfter, digits.ratio),
        maxTolerableShockAtTarget: textOrNull(result.riseMax, digits.ratio),
      }
    },
    concentration: (input: { spend: Texts }) =>
      concentrationOf(Object.values(input.spend).map(Number)),
    'contribution-margin': (input: MarginInput) => {
      const { customers, unprofitable, total } = marginsOf(
        input.customers.map(({ id, revenue, modelCost }) => {
          return { id, revenue: of(revenue), modelCost: of(modelCost) }
        }),
        {
          feeShare: of(input.paymentFeePct),
          feeFixed: of(input.paymentFeeFixed),
          shared: of(input.sharedInfra),
        },
      )
      const percent = (share: Fraction | null): string | null =>
        textOrNull(share?.times(hundred) ?? null, digits.money)
      return {
        customers: customers.map(({ id, contribution, margin, upstreamCents }) => ({
          id,
          contribution: moneyText(contribution),
          marginPct: percent(margin),
          upstreamCents: textOrNull(upstreamCents, digits.money),
        })),
        unprofitable,
        total: {
          revenue: moneyText(total.revenue),
          contribution: moneyText(total.contribution),
          grossMarginPct: percent(total.margin),
          upstreamCents: textOrNull(total.upstreamCents, digits.money),
        },
      }
    },
    'growth-loss': (input: GrowthInput) => {
      const growth = growthOf({
        arpuPaying: of(input.arpuPayingUsd),
        conversion: of(input.conversion),
        feeShare: of(input.paymentFeePct),
        costPerUser: of(input.costPerUserUsd),
        fixed: of(input.fixedUsd),
      })
      return {
        unitContributionUsd: moneyText(growth.unit),
        moreUsersMoreLoss: growth.moreUsersMoreLoss,
        breakEvenConversion: textOrNull(growth.breakEvenConversion, digits.money),
        breakEvenUsers: numberOrNull(growth.breakEvenUsers),
        projection: input.users.map((users) => {
          return { users, profitUsd: moneyText(growth.profitAt(users)) }
        }),
      }
    },
    runway: (input: Readonly<Record<string, number>>) => {
      const { months, endCash } = runwayOf({
        cash: input['cash']!,
        revenue: input['revenue0']!,
        revenueGrowth: input['revGrowth']!,
        apiCost: input['apiCost0']!,
        apiGrowth: input['apiGrowth']!,
        otherCost: input['otherCost']!,
        feeShare: input['paymentFeePct']!,
        shock: input['shockPct']!,
        shockMonth: input['shockMonth']!,
        monthsMax: input['maxMonths']!,
      })
      return { runwayMonths: months, endCash }
    },
    'ci-mean': (input: { values: number[]; z: number }) => {
      const { value, ...rest } = named(meanEstimate(input.values, input.z)!)
      return { mean: value, ...rest }
    },
    'ci-ratio': (input: { cost: number[]; revenue: number[]; z: number }) => {
      const { value, ...rest } = named(ratioEstimate(input.cost, input.revenue, input.z)!)
      return { ratio: value, ...rest, grossMargin: 1 - value }
    },
    'replay-total-ci': (input: {
      strata: readonly { N: number; n: number; mean: number; s2: number }[]
      z: number
    }) => {
      const strata = input.strata.map(({ N, n, mean, s2 }) => {
        return { size: N, sampled: n, mean, variance: s2 }
      })
      const { value, ...rest } = named(totalEstimate(strata, input.z))
      return { total: value, ...rest, relHalfWidth: (rest.hi - value) / value }
    },
    'replay-on-model': (input: ReplayInput) => {
      const terms = {
        price: priceOf(input.price),
        tiers: (input.tiers ?? []).map(({ aboveInputTokens, ...meters }): PriceTier => {
          return { aboveInputTokens, price: priceOf(meters as unknown as Texts) }
        }),
        inputRatio: of(input.tokenRatioIn),
        outputRatio: of(input.tokenRatioOut),
        caches: input.cacheSupported,
        cacheMin: input.minCacheTokens,
      }
      const costs = input.requests.map(({ promptTokens, cachedTokens, outputTokens }) =>
        costOnModel({ prompt: promptTokens, cached: cachedTokens, output: outputTokens }, terms),
      )
      const total = costs.reduce<bigint>((sum, cost) => sum + cost!, 0n)
      const actual = input.requests.reduce((sum, each) => sum + BigInt(each.actualPicoUsd), 0n)
      return {
        perRequestPicoUsd: costs.map(String),
        totalPicoUsd: total.toString(),
        totalUsd: usdText(total as never),
        ratioToActual: Number(total) / Number(actual),
      }
    },
    'cache-break-even': (input: { w: string; r: string }) => {
      const reads = cacheBreakEven(of(input.w), of(input.r))!
      return { minReads: Number(reads.ceil()), exact: reads.toNumber() }
    },
    commit: (input: Texts) => {
      const result = commitmentOf({
        usage: of(input['usageListUsd']),
        discount: of(input['discount']),
        commit: of(input['commitUsd']),
      })
      return {
        payUsd: moneyText(result.pay),
        effectiveDiscount: textOrNull(result.effectiveDiscount, digits.money),
        shortfallUsd: moneyText(result.shortfall),
        breakEvenUsageUsd: moneyText(result.breakEvenUsage),
      }
    },
    'deprecation-exposure': (input: {
      today: string
      horizonDays: number
      models: readonly { id: string; spend: string; shutdown?: string }[]
    }) => {
      const models = input.models.map(({ id, spend, shutdown = null }) => {
        return { id, spend: Number(spend), shutdown }
      })
      const exposure = deprecationExposure(models, input.today, input.horizonDays)
      return {
        exposedSpend: String(exposure.spend),
        exposedShare: exposure.share,
        models: exposure.models,
      }
    },
    apportion: (input: { total: string; weights: Texts }) => {
      const weights = Object.entries(input.weights).map(
        ([name, weight]) => [name, BigInt(weight)] as const,
      )
      const parts = apportion(BigInt(input.total), new Map(weights))
      return Object.fromEntries([...parts].map(([name, part]) => [name, part.toString()]))
    },
    'focus-row': (input: FocusInput) =>
      focusRow({
        ...input,
        tokens: BigInt(input.tokens),
        listPrice: of(input.listUsdPerM),
        contractPrice: of(input.contractUsdPerM),
      }),
    'seed-regression': (input: SeedInput) => publishedFigure(input),
  }
}

interface SelfHostInput extends WorkInput {
  readonly utilisation: number
  readonly replicas: number
  readonly gpusPerReplica: number
  readonly gpuUsdHr: number
  readonly hoursPerMonth: number
  readonly hiddenUsdPerMonth: number
  readonly engineerFte: number
  readonly engineerLoadedUsdPerMonth: number
}

interface WorkInput {
  readonly isl: number
  readonly osl: number
  readonly prefixHit?: number
  readonly prefillTps: number
  readonly decodeTps: number
}

interface FleetInput extends WorkInput {
  readonly avgReqPerSec: number
  readonly peakToAverage: number
  readonly uMax: number
  readonly ttftBaseS: number
  readonly tpotS: number
  readonly slotsPerReplica: number
  readonly waitSloS: number
  readonly quantile: number
  readonly ca2?: number
  readonly cs2?: number
}

interface MeasuredInput {
  readonly rows: readonly {
    readonly concurrency: number
    readonly gpus: number
    readonly reqPerSec: number
    readonly ttftMs: number
    readonly tpotMs: number
  }[]
  readonly ttftSloMs: number
  readonly tpotSloMs: number
  readonly avgReqPerSec: number
  readonly peakToAverage: number
  readonly gpuUsdHr: number
  readonly isl: number
  readonly osl: number
}

interface MarginInput {
  readonly paymentFeePct: string
  readonly paymentFeeFixed: string
  readonly sharedInfra: string
  readonly customers: readonly { id: string; revenue: string; modelCost: string }[]
}

interface GrowthInput {
  readonly arpuPayingUsd: string
  readonly conversion: string
  readonly paymentFeePct: string
  readonly costPerUserUsd: string
  readonly fixedUsd: string
  readonly users: readonly number[]
}

interface ReplayInput {
  readonly price: Texts
  readonly tiers?: readonly ({ readonly aboveInputTokens: number } & object)[]
  readonly tokenRatioIn: string
  readonly tokenRatioOut: string
  readonly cacheSupported: boolean
  readonly minCacheTokens: number
  readonly requests: readonly {
    readonly promptTokens: number
    readonly cachedTokens: number
    readonly outputTokens: number
    readonly actualPicoUsd: string
  }[]
}

interface FocusInput {
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly serviceTier: string
  readonly aboveInputTokens: number
  readonly meter: string
  readonly tokens: string
  readonly listUsdPerM: string
  readonly contractUsdPerM: string
  readonly prepaid: boolean
  readonly pricingCategory: 'Standard' | 'Committed' | 'Dynamic'
}

/** The printed figures of the scenarios; each case has its own fields. */
interface SeedInput {
  readonly tokensPerDay?: number
  readonly days?: number
  readonly usdPerM?: string
  readonly rows?: readonly (readonly [number, number])[]
  readonly monthlyUsd?: readonly number[]
  readonly from?: number
  readonly to?: number
  readonly years?: number
  readonly servers?: readonly [number, number]
  readonly people?: readonly [number, number]
}

/** What was printed for a month, by what it was printed for. */
const printed: Readonly<Record<string, string>> = {
  '1000000 at 0.25': '12.50',
  '50000000 at 0.25': '375',
  '500000000 at 0.25': '3750',
  '500000000 at 0.28': '4200',
}

function publishedFigure(input: SeedInput): unknown {
  const { tokensPerDay, days = 30, usdPerM, rows, monthlyUsd, servers, people } = input
  if (tokensPerDay !== undefined && usdPerM !== undefined) {
    const monthly = monthlyCost(of(tokensPerDay), of(days), of(usdPerM))
    const said = printed[`${tokensPerDay} at ${usdPerM}`] ?? ''
    const isWrong = said === '' || monthly.compare(of(said)) !== 0
    return { monthlyUsd: moneyText(monthly), printed: said, isWrong }
  }
  if (rows !== undefined) {
    const ranges = rows.map(([low, high]) => ({ low, high }))
    const all = sumOf(ranges)
    // The last row is the electricity of machines of one's own: rented ones have none.
    const cloud = sumOf(ranges.slice(0, -1))
    return { low: all.low, high: all.high, cloudLow: cloud.low, cloudHigh: cloud.high }
  }
  if (monthlyUsd !== undefined && usdPerM !== undefined) {
    const perDay = (monthly: number): string =>
      tokensPerDayFor(of(monthly), of(usdPerM), of(days)).text(digits.tokens)
    return { tokensPerDay: monthlyUsd.map(perDay) }
  }
  if (servers !== undefined && people !== undefined) {
    const others = [servers, people].map(([low, high]) => ({ low, high }))
    const { low, high } = remainder(others, 100)
    return { apiMin: low, apiMax: high }
  }
  return { cagr: annualGrowth(input.from!, input.to!, input.years!) }
}

function workOf({ isl, osl, prefixHit = 0, prefillTps, decodeTps }: WorkInput) {
  return { inputTokens: isl, outputTokens: osl, prefixHit, prefillTps, decodeTps }
}

function named({ value, standardError, low, high }: Estimate) {
  return { value, se: standardError, lo: low, hi: high }
}

function numberOrNull(value: bigint | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value)
}
