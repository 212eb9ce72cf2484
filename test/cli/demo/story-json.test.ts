import t from 'tap'
import { storyJson } from '../../../cli/demo/story-json.ts'

t.test('the JSON of a story has the documented keys and no others', async (t) => {
  const tap = { kiosk: 'c-k1', what: 'Leila taps', reason: 'ok', assurance: 5, upgraded: true }
  const text = storyJson({
    enrolments: [],
    taps: [{ ...tap, outcome: 'go', proof: 'signature', ms: 12.3 }],
    duplicates: [],
    false_cases: 0,
    lost: 0,
    receipts: 2,
  })
  t.same(JSON.parse(text), {
    enrolments: [],
    taps: [{ outcome: 'go', proof: 'signature', ms: 12.3 }],
    duplicates: [],
    false_cases: 0,
    lost: 0,
    receipts: 2,
  })
})
