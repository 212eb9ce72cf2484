import t from 'tap'
import { summaryOf } from '../../../cli/demo/summary.ts'

t.test('the story in lines: who enrolled, who tapped, who was caught', async (t) => {
  const text = summaryOf({
    enrolments: [
      {
        district: 'demo.a.b.c',
        kiosk: 'c-k1',
        resident: 'leila',
        provisional_ms: 5000,
        final_ms: 6000,
        credential_bytes: 143,
        wire_bytes: 7600,
      },
    ],
    taps: [
      {
        kiosk: 'c-k1',
        what: 'Leila taps',
        outcome: 'go',
        reason: 'ok',
        proof: 'signature',
        assurance: 5,
        upgraded: true,
        ms: 12.3,
      },
    ],
    duplicates: [
      {
        resident: 'leila',
        first_district: 'demo.a.b.c',
        second_district: 'demo.a.b.d',
        case_id: '0a1b2c3d',
        scores: { left: 0.2, right: null },
      },
    ],
    false_cases: 0,
    lost: 0,
    receipts: 2,
  })
  t.match(text, /leila .*143 B on the card, 7600 B on the wire/)
  t.match(text, /go .*12.3 ms {2}Leila taps/)
  t.match(text, /leila .*first demo.a.b.c, then demo.a.b.d: case 0a1b2c3d/)
  t.match(text, '0 false cases, 0 lost, 2 receipts')
})
