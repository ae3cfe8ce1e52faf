/** Luhn's sum, which every payment card satisfies. @param digits  decimal digits and nothing else */
export function luhnHolds(digits: string): boolean {
  let sum = 0
  for (let back = 0; back < digits.length; back += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - back) - zero
    const counted = back % 2 === 0 ? digit : digit * 2
    sum += counted > 9 ? counted - 9 : counted
  }
  return sum % 10 === 0
}

/**
 * ISO 13616: country and check digits go to the end, letters count from 10, and the rest by 97 is 1.
 * @param iban  upper-case letters and digits, without spaces
 */
export function ibanHolds(iban: string): boolean {
  let rest = 0
  for (let index = 0; index < iban.length; index += 1) {
    const code = iban.charCodeAt((index + 4) % iban.length)
    rest = code >= upperA ? (rest * 100 + code - upperA + 10) % 97 : (rest * 10 + code - zero) % 97
  }
  return rest === 1
}

/** GB 11643: the last of 18 characters checks the 17 digits before it. */
export function residentIdHolds(id: string): boolean {
  let sum = 0
  for (let index = 0; index < 17; index += 1) {
    sum += (id.charCodeAt(index) - zero) * (residentWeights[index] ?? 0)
  }
  return residentChecks[sum % 11] === id[17]?.toUpperCase()
}

const zero = 0x30
const upperA = 0x41
const residentWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const residentChecks = '10X98765432'

/** Characters of an IBAN by country: the registry's release 99. */
export const ibanLengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 ' +
    'DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 ' +
    'IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 ' +
    'MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
    'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
)
