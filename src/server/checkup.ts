import { type LedgerCheck, ledgerChecks, type LedgerReport } from '../store/findings.ts'
import type { Asked } from './asked.ts'
import type { CheckupJson, LedgerReportJson } from './contract/checkup.ts'
import type { CheckupState } from './control.ts'

/** /api/ledger/verify: a check of the whole ledger, begun, looked after and stopped. */

export function startCheckup({ control }: Asked): CheckupJson {
  return checkupJson(control.checkup.start())
}

export function showCheckup({ control }: Asked): CheckupJson {
  return checkupJson(control.checkup.look())
}

export function stopCheckup({ control }: Asked): CheckupJson {
  return checkupJson(control.checkup.stop())
}

function checkupJson({ state, progress, report, error }: CheckupState): CheckupJson {
  return { state, error, progress, report: report && reportJson(report) }
}

function reportJson({ ok, checks, completeness }: LedgerReport): LedgerReportJson {
  const { first, last } = completeness
  return {
    ok,
    checks: checks.map(({ check, looked, failed, failures }) => ({
      name: check satisfies LedgerCheck,
      promise: ledgerChecks[check],
      looked,
      failed,
      failures,
    })),
    completeness: {
      rows: completeness.rows,
      calls: completeness.calls,
      since: instantText(first),
      until: instantText(last),
      unknown_outcome: completeness.unknownOutcome,
      unknown_cost: completeness.unknownCost,
      estimated: completeness.estimated,
      expired: completeness.expired,
      rejected: completeness.rejected,
      journal_faults: completeness.journalFaults,
      segments: completeness.segments,
      segments_unlinked: completeness.segmentsUnlinked,
      rows_in_journal: completeness.rowsInJournal,
      under_way: completeness.underWay,
      costs_unchecked: completeness.costsUnchecked,
    },
  }
}

function instantText(us: number | null): string | null {
  return us === null ? null : new Date(us / 1_000).toISOString()
}
