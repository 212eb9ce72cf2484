import type { RigReport } from './run-rig.ts'

/** What came of several runs together; the worst times are those of the worst. */
export function mergeReports(reports: readonly RigReport[]): RigReport {
  const faults: Record<string, number> = {}
  for (const report of reports) {
    for (const [name, runs] of Object.entries(report.faults)) {
      faults[name] = (faults[name] ?? 0) + runs
    }
  }
  const sum = (of: (report: RigReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0)
  const most = (of: (report: RigReport) => number): number => Math.max(0, ...reports.map(of))
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    faults,
    worst: {
      noticeMs: most(({ worst }) => worst.noticeMs),
      resumeMs: most(({ worst }) => worst.resumeMs),
      workMs: most(({ worst }) => worst.workMs),
    },
    failures: reports.flatMap(({ failures }) => failures),
    skips: reports.flatMap(({ skips }) => skips),
  }
}
