import fc from 'fast-check'
import t from 'tap'
import { MAX_ATTEMPTS } from '../../../firmware/enrolment/capturing.ts'
import type { Draft } from '../../../firmware/enrolment/draft.ts'
import { journalRowOf } from '../../../firmware/enrolment/journal-row.ts'
import { enrolmentMachine } from '../../../firmware/enrolment/machine.ts'
import type {
  Capture,
  EnrolmentEvent,
  EnrolmentState,
  EyeCapture,
  Issue,
  Look,
} from '../../../firmware/enrolment/states.ts'
import { toHex } from '../../../protocol/bytes.ts'
import type { EyePosition } from '../../../protocol/image.ts'
import type { PresentationOutcome } from '../../../protocol/messages/presentation.ts'
import { capture } from '../../gateway/people.ts'
import { DEMO_NOW } from '../../kit/demo-trust.ts'

const [LEFT, RIGHT] = capture(1)
if (LEFT === undefined || RIGHT === undefined) throw new Error('a person has two eyes')

function draftOf(number: number): Draft {
  const bytes = (length: number) => new Uint8Array(length).fill(number)
  return {
    record: bytes(16),
    credentialId: bytes(8),
    ticket: bytes(8),
    r: bytes(16),
    status: { list: 1, index: number },
    issued: DEMO_NOW,
    consentHash: bytes(32),
  }
}

const CAPTURE: Capture = {
  captured: DEMO_NOW,
  references: [LEFT, RIGHT],
  commitment: Uint8Array.of(1),
  presentation: [],
}

/** A look at an eye that said this. */
function lookAt(eye: EyePosition, outcome: PresentationOutcome = 'bona-fide'): Look {
  return { eye, version: 1, outcome, reason: 'all-checks', checks: [] }
}

/** An eye that was captured at a try, and what the look at it said. */
function captured(
  eye: EyePosition,
  attempt: number,
  outcome?: PresentationOutcome,
): EnrolmentEvent {
  const reference = eye === 'left' ? LEFT : RIGHT
  if (reference === undefined) throw new Error('a person has two eyes')
  return { name: 'eye-captured', eye, attempt, reference, look: lookAt(eye, outcome) }
}

/** Any event at all, with contents that fit or do not. */
const anyEvent: fc.Arbitrary<EnrolmentEvent> = fc.oneof(
  fc.constantFrom<EnrolmentEvent>(
    { name: 'begin' },
    { name: 'consent', isGiven: true },
    { name: 'consent', isGiven: false },
    { name: 'cannot-use-this-eye' },
    { name: 'no-flashes' },
    { name: 'confirm-own-eye' },
    { name: 'look-again' },
    { name: 'committed', capture: CAPTURE },
    { name: 'searched', localSearch: 'none' },
    { name: 'searched', localSearch: 'candidate' },
    { name: 'card', card: 'none' },
    { name: 'card', card: 'several' },
    { name: 'card', card: 'not-ours' },
    { name: 'card-usable', uid: Uint8Array.of(4, 1, 2, 3, 4, 5, 6) },
    { name: 'card-here' },
    { name: 'card-moved' },
    { name: 'card-written' },
    { name: 'card-read-back' },
    { name: 'cancel' },
    { name: 'left' },
    { name: 'acknowledge' },
    { name: 'refuse', reason: 'storage' },
  ),
  fc.nat(5).map((number): EnrolmentEvent => ({ name: 'drafted', draft: draftOf(number) })),
  fc
    .tuple(
      fc.constantFrom('left' as const, 'right' as const),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom<PresentationOutcome>('bona-fide', 'undecided', 'exception', 'suspect'),
    )
    .map(([eye, attempt, outcome]) => captured(eye, attempt, outcome)),
  fc.tuple(fc.constantFrom('left' as const, 'right' as const), fc.integer({ min: 1, max: 3 })).map(
    ([eye, attempt]): EnrolmentEvent => ({
      name: 'eye-refused',
      eye,
      attempt,
      instruction: 'come-closer',
    }),
  ),
)

/** Runs events as a kiosk would: an `issue` effect is answered by its `issued`, with a new credential. */
function runAll(events: readonly EnrolmentEvent[], onStep: (state: EnrolmentState) => void): void {
  let state: EnrolmentState = { name: 'idle' }
  let drafts = 0
  const queue = [...events]
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    const step = enrolmentMachine(state, event)
    if (step === undefined) continue
    state = step.state
    onStep(state)
    for (const effect of step.effects) {
      if (effect.name === 'draft') queue.unshift({ name: 'drafted', draft: draftOf(++drafts) })
      if (effect.name !== 'issue') continue
      const { draft, uid, localSearch } = effect
      const issue: Issue = { draft, uid, localSearch, credential: Uint8Array.of(drafts) }
      queue.unshift({ name: 'issued', issue })
    }
  }
}

t.test('no order of events throws, and each record is issued at most once', async (t) => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 200 }), (events) => {
      const issued = new Map<string, Issue>()
      runAll(events, (state) => {
        if (state.name !== 'carding' && state.name !== 'done') return
        const key = toHex(state.issue.draft.record)
        const before = issued.get(key) ?? state.issue
        // The same object for ever: the same credential for the same card.
        if (before !== state.issue) throw new Error(`record ${key} was issued twice`)
        issued.set(key, state.issue)
      })
    }),
    { numRuns: 500 },
  )
  t.pass()
})

t.test(
  'the journal of a record only goes forward, but for a card that is written again',
  async (t) => {
    const order = ['begun', 'captured', 'searched', 'issued', 'writing', 'written', 'done']
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 200 }), (events) => {
        let last = -1
        runAll(events, (state) => {
          const row = journalRowOf(state)
          const step = row === undefined ? -1 : order.indexOf(row.step)
          const isRewrite = order[last] === 'written' && order[step] === 'writing'
          const isStart = step <= 0
          if (step < last && !isRewrite && !isStart) {
            throw new Error(`from ${order[last]} back to ${order[step]}`)
          }
          last = step
        })
      }),
      { numRuns: 500 },
    )
    t.pass()
  },
)

t.test('the whole way, step by step', async (t) => {
  const seen: string[] = []
  const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6)
  const events: EnrolmentEvent[] = [
    { name: 'begin' },
    { name: 'consent', isGiven: true },
    captured('left', 1),
    { name: 'eye-refused', eye: 'right', attempt: 1, instruction: 'open-your-eye' },
    captured('right', 2),
    { name: 'committed', capture: CAPTURE },
    { name: 'searched', localSearch: 'none' },
    { name: 'card-usable', uid },
    { name: 'card-here' },
    { name: 'card-written' },
    { name: 'card-read-back' },
    { name: 'acknowledge' },
  ]
  runAll(events, (state) => {
    seen.push(state.name === 'carding' ? `carding ${state.phase}` : state.name)
  })
  t.same(seen, [
    ...['consent', 'drafting', 'capturing', 'capturing', 'capturing', 'committing', 'searching'],
    ...[
      'placing',
      'issuing',
      'carding issued',
      'carding writing',
      'carding written',
      'done',
      'idle',
    ],
  ])
})

const DONE: EyeCapture = {
  reference: LEFT,
  presentation: { ...lookAt('left'), looks: 1, isConfirmed: false },
}

/** The state after these events, from the first look at the left eye on. */
function after(...events: readonly EnrolmentEvent[]): EnrolmentState {
  let state: EnrolmentState = { name: 'drafting', isFlashless: false }
  for (const event of [{ name: 'drafted', draft: draftOf(1) } as const, ...events]) {
    const step = enrolmentMachine(state, event)
    if (step === undefined) throw new Error(`${event.name} does not fit ${state.name}`)
    state = step.state
  }
  return state
}

t.test('what is suspect is for a person to see, and never decided here', async (t) => {
  const asked = after(captured('left', 1, 'suspect'))
  t.match(asked, { name: 'attending', eye: 'left', capture: { presentation: { looks: 1 } } })
  for (const event of [captured('left', 1), { name: 'searched', localSearch: 'none' } as const]) {
    t.equal(enrolmentMachine(asked, event), undefined, `${event.name} decides nothing`)
  }
  const confirmed = enrolmentMachine(asked, { name: 'confirm-own-eye' })
  const presentation = { outcome: 'suspect', isConfirmed: true, looks: 1 }
  t.match(confirmed?.state, { name: 'capturing', eye: 'right', done: [{ presentation }] })
  const again = enrolmentMachine(asked, { name: 'look-again' })
  t.match(again?.state, { name: 'capturing', eye: 'left', attempt: 1, looks: 1, done: [] })
  t.match(again?.effects, [{ name: 'capture', eye: 'left', attempt: 1, isFlashless: false }])
  const without = enrolmentMachine(asked, { name: 'cannot-use-this-eye' })
  t.match(without?.state, { name: 'capturing', eye: 'right', done: [] })
})

t.test('an exception is confirmed in words, and the outcome goes along', async (t) => {
  const confirm = { name: 'confirm-own-eye' } as const
  const both = after(
    ...[captured('left', 1, 'exception'), confirm, captured('right', 1, 'exception'), confirm],
  )
  const presentation = { outcome: 'exception', isConfirmed: true }
  t.match(both, { name: 'committing', done: [{ presentation }, { presentation }] })
})

t.test('where too little is seen an eye is looked at again, three times in all', async (t) => {
  const once = after(captured('left', 1, 'undecided'))
  t.match(once, { name: 'capturing', attempt: 2, looks: 1, hint: 'look-at-the-ring' })
  const well = after(captured('left', 1, 'undecided'), captured('left', 2))
  t.match(well, {
    eye: 'right',
    looks: 0,
    done: [{ presentation: { looks: 2, isConfirmed: false } }],
  })
  const thrice = after(
    ...[captured('left', 1, 'undecided'), captured('left', 2, 'undecided')],
    captured('left', 3, 'undecided'),
  )
  t.match(thrice, {
    name: 'attending',
    capture: { presentation: { outcome: 'undecided', looks: 3 } },
  })
  const refused = { eye: 'left', attempt: 3, instruction: 'open-your-eye' } as const
  const shut = after(...[captured('left', 1, 'undecided'), captured('left', 2, 'undecided')], {
    name: 'eye-refused',
    ...refused,
  })
  t.match(
    shut,
    { name: 'attending', capture: { presentation: { looks: 2 } } },
    'what was seen is kept',
  )
})

t.test(
  'who cannot bear flashes is asked for none, from the consent or from a capture on',
  async (t) => {
    const consent = enrolmentMachine({ name: 'consent' }, { name: 'no-flashes' })
    t.match(consent?.state, { name: 'drafting', isFlashless: true })
    const capturing = after()
    const without = enrolmentMachine(capturing, { name: 'no-flashes' })
    t.match(without?.effects, [
      { name: 'halt' },
      { name: 'capture', eye: 'left', isFlashless: true },
    ])
    const flashless = without?.state ?? capturing
    t.equal(enrolmentMachine(flashless, { name: 'no-flashes' }), undefined)
    const next = enrolmentMachine(flashless, captured('left', 1))
    t.match(next?.effects, [{ name: 'capture', eye: 'right', isFlashless: true }])
  },
)

t.test('an outcome of an earlier try changes nothing', async (t) => {
  const state: EnrolmentState = {
    ...{ name: 'capturing', draft: draftOf(1), eye: 'right', attempt: 2 },
    ...{ hint: 'come-closer', isFlashless: false, looks: 0, done: [DONE] },
  }
  const late: EnrolmentEvent[] = [
    captured('left', 2),
    captured('right', 1),
    { name: 'eye-refused', eye: 'right', attempt: 1, instruction: 'hold-still' },
  ]
  for (const event of late) t.equal(enrolmentMachine(state, event), undefined)
  const last = { ...state, attempt: MAX_ATTEMPTS }
  const refused = {
    name: 'eye-refused',
    eye: 'right',
    attempt: 3,
    instruction: 'hold-still',
  } as const
  t.match(enrolmentMachine(last, refused)?.state, { name: 'committing', done: [DONE] })
  const dark = { ...refused, instruction: 'more-light' } as const
  const gone = enrolmentMachine(last, dark)?.state
  t.match(gone, { name: 'stopped', reason: 'resident-left' }, 'nobody is there any more')
})

t.test('who leaves after the issue keeps the enrolment; before it, nothing is kept', async (t) => {
  const draft = draftOf(1)
  const searching: EnrolmentState = { name: 'searching', draft, capture: CAPTURE }
  t.match(enrolmentMachine(searching, { name: 'left' })?.state, { reason: 'resident-left' })
  const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6)
  const issue: Issue = { draft, uid, credential: Uint8Array.of(1), localSearch: 'none' }
  const carding: EnrolmentState = { name: 'carding', issue, phase: 'writing', step: 'moved' }
  t.match(enrolmentMachine(carding, { name: 'left' })?.state, { name: 'idle' })
})
