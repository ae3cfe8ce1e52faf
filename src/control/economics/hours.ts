/** A mean month: 365 days of 24 hours in 12. */
export const hoursPerMonth = 730
