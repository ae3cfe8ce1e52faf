import { binomialAtMost } from './binomial.ts'

/**
 * A p-value for E[loss] > `level`, from the mean of `n` independent losses in [0, 1]. It looks at the mean
 * alone: where losses vary little it is much weaker than betting. For losses of 0 and 1 the exact tail is
 * better by the factor e.
 * @see Bates et al., 'Distribution-Free, Risk-Controlling Prediction Sets' (2021); Angelopoulos et al., 'Learn then Test' (2021)
 */
export function hoeffdingBentkus(meanLoss: number, n: number, level: number): number {
  if (n === 0 || meanLoss >= level) return 1
  const hoeffding = Math.exp(-n * divergence(meanLoss, level))
  // A sum that rounding put a hair above a whole number is that number.
  const bentkus = Math.E * binomialAtMost(Math.ceil(n * meanLoss - 1e-9), n, level)
  return Math.min(1, hoeffding, bentkus)
}

/** Kullback and Leibler's, between two coins. */
function divergence(x: number, y: number): number {
  const term = (left: number, right: number): number =>
    left === 0 ? 0 : left * Math.log(left / right)
  return term(x, y) + term(1 - x, 1 - y)
}
