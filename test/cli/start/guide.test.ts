import t from 'tap'
import {
  advanceGuide,
  type GuideProgress,
  guideOf,
  type Room,
  startGuide,
} from '../../../cli/start/guide.ts'
import type { Screen } from '../../../firmware/kiosk-state.ts'
import { ATTENDS, CAPTURES, CONSENT, DONES, SECOND_LOOK, TAPS } from '../../kit/kiosk-states.ts'
import { ROOM, ROOM_AFTER_ENROLMENT } from '../../kit/room-states.ts'

type Spot = { readonly standing?: string; readonly card?: string }

/** The room with these at the first and the second kiosk. */
function roomWith(east: Spot = {}, west: Spot = {}): Room {
  const [first, second] = ROOM.kiosks
  if (first === undefined || second === undefined) throw new Error('no kiosks')
  return {
    ...ROOM,
    kiosks: [
      { ...first, ...east },
      { ...second, ...west },
    ],
  }
}

const DONE: Screen = { name: 'done', isOffline: false, isOnItsWay: false, isFinalWaiting: true }
const GO: Screen = TAPS[0] ?? DONE
const STOP: Screen = TAPS.find(({ outcome }) => outcome === 'stop') ?? DONE
const IDLE: Screen = { name: 'idle' }
const START = startGuide(roomWith()) as GuideProgress
const ENROLLED: GuideProgress = { ...START, done: ['enrol'], card: 'leila-1' }
const TAPPED: GuideProgress = { ...ENROLLED, done: ['enrol', 'tap'] }

function after(
  progress: GuideProgress,
  room: Room,
  kiosk: string,
  screen: Screen,
  cases = 0,
): readonly string[] {
  return advanceGuide(progress, room, kiosk, { screen }, cases).done
}

t.test('the tour goes from the first kiosk to the first of another district', async (t) => {
  t.match(START, { first: 'east', second: 'west', done: [] })
  t.equal(startGuide({ ...ROOM, kiosks: ROOM.kiosks.slice(0, 1) }), undefined)
  t.equal(startGuide({ ...ROOM, residents: [] }), undefined)
})

t.test(
  'a world that is opened again has a tour of somebody new, and its old cases do not end it',
  async (t) => {
    t.equal(startGuide(ROOM_AFTER_ENROLMENT)?.resident, 'amina')
    t.equal(
      startGuide({ ...ROOM, residents: ROOM_AFTER_ENROLMENT.residents.slice(0, 1) })?.resident,
      'leila',
      'where everybody has a card, the first one goes again',
    )
    const atStart = advanceGuide(START, roomWith(), 'west', { screen: IDLE }, 2)
    t.same(atStart, { ...START, casesBefore: 2 })
    const tapped: GuideProgress = { ...atStart, done: ['enrol', 'tap'] }
    t.same(after(tapped, roomWith(), 'west', IDLE, 2), ['enrol', 'tap'])
    t.same(after(tapped, roomWith(), 'west', IDLE, 3), ['enrol', 'tap', 'caught'])
  },
)

t.test('each step is done by its own resident, card and kiosk only', async (t) => {
  const leila = { standing: 'leila', card: 'leila-1' }
  t.same(after(START, roomWith(leila), 'east', CONSENT), [])
  t.same(after(START, roomWith({ ...leila, standing: 'tomas' }), 'east', DONE), [])
  t.same(after(START, roomWith({}, leila), 'west', DONE), [])
  t.same(after(START, roomWith(leila), 'nowhere', DONE), [])
  t.same(after(START, roomWith(leila), 'east', DONE), ['enrol'])
  t.equal(advanceGuide(START, roomWith(leila), 'east', { screen: DONE }, 0).card, 'leila-1')

  t.same(after(ENROLLED, roomWith({ card: 'tomas-1' }), 'east', GO), ['enrol'])
  t.same(after(ENROLLED, roomWith(leila), 'east', STOP), ['enrol'])
  t.same(after(ENROLLED, roomWith(leila), 'east', GO), ['enrol', 'tap'])

  const all = ['enrol', 'tap', 'caught']
  const second: Screen = { ...DONE, secondLook: SECOND_LOOK } as Screen
  t.same(after(TAPPED, roomWith({}, leila), 'east', second), ['enrol', 'tap'])
  t.same(after(TAPPED, roomWith({}, leila), 'west', second), all)
  t.same(after(TAPPED, roomWith({}, leila), 'west', IDLE, 1), all)
})

t.test('a card that moved is put back by a press: the one whose writing had begun', async (t) => {
  const writing: Screen = { name: 'card', step: 'writing' }
  const moved: Screen = { name: 'card', step: 'moved' }
  const laid = roomWith({ standing: 'leila', card: 'leila-1' })
  const begun = advanceGuide(START, laid, 'east', { screen: writing }, 0)
  const { hint, action } = guideOf(begun, roomWith({ standing: 'leila' }), () => moved)
  t.equal(hint, 'same-card')
  t.same(action, { name: 'place', kiosk: 'east', card: 'leila-1' })
  const elsewhere = advanceGuide(
    START,
    laid,
    'east',
    { screen: { name: 'card', step: 'place' } },
    0,
  )
  t.equal(elsewhere.begun, undefined, 'a card that only lies there is not bound to anything')
  const another = roomWith({ standing: 'tomas', card: 'tomas-1' })
  const later = advanceGuide(begun, another, 'east', { screen: writing }, 0)
  t.equal(later.begun, 'leila-1', "another resident's card is not offered to her")
})

t.test('each moment has its hint, and a press where the room can do it', async (t) => {
  const hint = (progress: GuideProgress, room: Room, screen: Screen): unknown => {
    const guide = guideOf(progress, room, () => screen)
    return guide.action === undefined ? guide.hint : [guide.hint, guide.action]
  }
  const here = { standing: 'leila' }
  const withCard = { standing: 'leila', card: 'leila-1' }
  t.same(hint(START, roomWith(), IDLE), [
    'stand',
    { name: 'stand', kiosk: 'east', resident: 'leila' },
  ])
  t.equal(hint(START, roomWith(here), IDLE), 'begin')
  t.equal(hint(START, roomWith(here), CONSENT), 'agree')
  t.equal(hint(START, roomWith(here), CAPTURES[0] ?? IDLE), 'watch')
  t.equal(hint(START, roomWith(here), ATTENDS[0] ?? IDLE), 'attend')
  t.same(hint(START, roomWith(here), { name: 'card', step: 'place' }), [
    'new-card',
    { name: 'place', kiosk: 'east', card: 'new' },
  ])
  t.equal(hint(START, roomWith(withCard), { name: 'card', step: 'writing' }), 'watch')
  t.equal(hint(START, roomWith(here), { name: 'card', step: 'moved' }), 'same-card')
  t.equal(hint(START, roomWith(here), { name: 'card', step: 'another-card' }), 'same-card')
  for (const step of ['in-use', 'another-card', 'not-ours', 'several'] as const) {
    t.match(hint(START, roomWith(withCard), { name: 'card', step }), ['lift-card'], step)
  }
  t.equal(hint(START, roomWith(here), { name: 'stopped', reason: 'cancelled' }), 'finish')
  t.same(hint(ENROLLED, roomWith(withCard), DONES[0] ?? IDLE), [
    'lift-card',
    { name: 'remove', kiosk: 'east' },
  ])
  t.same(hint(ENROLLED, roomWith(here), IDLE), [
    'place-card',
    { name: 'place', kiosk: 'east', card: 'leila-1' },
  ])
  t.same(hint(TAPPED, roomWith(withCard), IDLE), [
    'stand',
    { name: 'stand', kiosk: 'west', resident: 'leila' },
  ])
  const through = advanceGuide(TAPPED, roomWith({}, here), 'west', { screen: DONE }, 0)
  t.equal(hint(through, roomWith({}, here), IDLE), 'district-checks', 'not asked to begin again')
  t.equal(hint({ ...TAPPED, done: ['enrol', 'tap', 'caught'] }, roomWith(), IDLE), 'see-case')
})
