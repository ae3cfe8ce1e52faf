/** The special functions under the tests and intervals. All are good to eight digits or more where they are used. */

const lanczos = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12,
  9.984_369_578_019_571_6e-6, 1.505_632_735_149_311_6e-7,
]

/**
 * The logarithm of the gamma function for arguments above zero.
 * @see Lanczos, 'A Precision Approximation of the Gamma Function' (1964), with g = 7
 */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const at = x - 1
  const sum = lanczos.reduce(
    (total, term, index) => total + (index ? term / (at + index) : term),
    0,
  )
  const shifted = at + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(shifted) - shifted + Math.log(sum)
}

/**
 * The regularised incomplete beta function I_x(a, b), for a and b above zero and x in [0, 1].
 * @see Press et al., Numerical Recipes (2007), 6.4: Lentz' continued fraction
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  )
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b
}

const tiny = 1e-300
/** The fraction needs about the root of the larger argument; this is enough for 100 million cases. */
const stepsMax = 20_000

function betaFraction(x: number, a: number, b: number): number {
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let step = 1; step <= stepsMax; step += 1) {
    const twice = 2 * step
    const even = (step * (b - step) * x) / ((a + twice - 1) * (a + twice))
    d = 1 / kept(1 + even * d)
    c = kept(1 + even / c)
    fraction *= d * c
    const odd = (-(a + step) * (a + b + step) * x) / ((a + twice) * (a + twice + 1))
    d = 1 / kept(1 + odd * d)
    c = kept(1 + odd / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-14) break
  }
  return fraction
}

/**
 * P(Z <= z) of the standard normal distribution, with a relative error below 1e-8 in both tails.
 * @see Hart et al., Computer Approximations (1968), in the form of West, 'Better approximations to cumulative normal functions' (2005)
 */
export function normalCdf(z: number): number {
  const size = Math.abs(z)
  if (size > 37) return z > 0 ? 1 : 0
  const density = Math.exp((-size * size) / 2)
  let tail: number
  if (size < 7.071_067_811_865_47) {
    const up = [
      3.526_249_659_989_11e-2, 0.700_383_064_443_688, 6.373_962_203_531_65, 33.912_866_078_383,
      112.079_291_497_871, 221.213_596_169_931, 220.206_867_912_376,
    ]
    const down = [
      8.838_834_764_831_84e-2, 1.755_667_163_182_64, 16.064_177_579_207, 86.780_732_202_946_1,
      296.564_248_779_674, 637.333_633_378_831, 793.826_512_519_948, 440.413_735_824_752,
    ]
    tail = (density * polynomial(up, size)) / polynomial(down, size)
  } else {
    const chain = size + 1 / (size + 2 / (size + 3 / (size + 4 / (size + 0.65))))
    tail = density / (chain * 2.506_628_274_631)
  }
  return z > 0 ? 1 - tail : tail
}

/**
 * The z with P(Z <= z) = p, for p within (0, 1): infinite at the ends.
 * Bisection on the function above, which is as exact as that is.
 */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY
  if (p >= 1) return Number.POSITIVE_INFINITY
  return root((z) => normalCdf(z) - p, -38, 38)
}

/** The t with P(T <= t) = p for p of one half or more, T of Student's distribution with so many degrees of freedom. */
export function studentQuantile(p: number, degrees: number): number {
  if (p >= 1) return Number.POSITIVE_INFINITY
  const share = root((x) => incompleteBeta(x, degrees / 2, 0.5) - 2 * (1 - p), 0, 1)
  return Math.sqrt((degrees * (1 - share)) / share)
}

/** Where a function that grows crosses zero between two points, to the last digits of a double. */
export function root(grows: (x: number) => number, from: number, to: number): number {
  let low = from
  let high = to
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (grows(middle) < 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function polynomial(terms: readonly number[], x: number): number {
  return terms.reduce((sum, term) => sum * x + term, 0)
}
