import type { Story } from './story-types.ts'

/** The story in lines for people. */
export function summaryOf(story: Story): string {
  const { enrolments, taps, duplicates, false_cases, lost, receipts } = story
  const rows = [
    ...enrolments.map(
      (row) =>
        `enrolled  ${row.resident.padEnd(12)} ${row.kiosk.padEnd(12)} card after ${row.provisional_ms} ms, final after ${row.final_ms} ms, ${row.credential_bytes} B on the card, ${row.wire_bytes} B on the wire`,
    ),
    ...taps.map((row) => `tapped    ${row.outcome.padEnd(15)} ${row.ms} ms  ${row.what}`),
    ...duplicates.map(
      (row) =>
        `caught    ${row.resident.padEnd(12)} first ${row.first_district}, then ${row.second_district}: case ${row.case_id}`,
    ),
    `${false_cases} false cases, ${lost} lost, ${receipts} receipts`,
  ]
  return `${rows.join('\n')}\n`
}
