// Holds the output of `personhood demo --json` against what the story promises; exit 1 names what differs.
import { readFileSync } from 'node:fs'

const story = JSON.parse(readFileSync(process.argv[2] ?? '/dev/stdin', 'utf8'))
const problems = []
const expect = (what, holds) => holds || problems.push(what)

const { enrolments, taps, duplicates } = story
const perDistrict = new Map()
for (const { district } of enrolments)
  perDistrict.set(district, (perDistrict.get(district) ?? 0) + 1)
expect('at least four first enrolments', enrolments.length >= 4)
expect(
  'two districts with at least two first enrolments each',
  perDistrict.size >= 2 && [...perDistrict.values()].every((count) => count >= 2),
)
for (const row of enrolments) {
  const who = `${row.resident} in ${row.district}`
  expect(`${who}: provisional and final times`, row.provisional_ms > 0 && row.final_ms > 0)
  expect(
    `${who}: a credential of at most 160 bytes`,
    row.credential_bytes > 0 && row.credential_bytes <= 160,
  )
  expect(`${who}: bytes on the wire`, row.wire_bytes > 0)
}
expect(
  'taps with outcome, proof and time',
  taps.length > 0 && taps.every(({ outcome, ms }) => typeof outcome === 'string' && ms >= 0),
)
expect(
  'a tap that says go',
  taps.some(({ outcome, proof }) => outcome === 'go' && proof !== null),
)
const ways = new Set(duplicates.map((row) => `${row.first_district} -> ${row.second_district}`))
expect('one duplicate each way', ways.size >= 2)
for (const row of duplicates) {
  expect(
    `${row.resident}: a case with scores`,
    typeof row.case_id === 'string' && row.case_id.length > 0 && row.scores !== null,
  )
  const isFirst = enrolments.some(
    ({ district, resident }) => district === row.second_district && resident === row.resident,
  )
  expect(`${row.resident}: the second enrolment is no first one`, !isFirst)
}
expect('no false case', story.false_cases === 0)
expect('nothing lost', story.lost === 0)
expect(
  'a receipt for each enrolment',
  Number.isInteger(story.receipts) && story.receipts >= enrolments.length + duplicates.length,
)

for (const problem of problems) console.error(`not as the story promises: ${problem}`)
process.exit(problems.length === 0 ? 0 : 1)
