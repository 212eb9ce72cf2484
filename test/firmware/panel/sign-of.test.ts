import t from 'tap'
import type { KioskState, Screen } from '../../../firmware/kiosk-state.ts'
import { readingLight, signOf } from '../../../firmware/panel/sign-of.ts'

type Seen = Pick<KioskState, 'screen' | 'devices'>

const ready = { status: 'ready', name: 'device', sentence: '' } as const
const missing = { status: 'missing', name: 'device', sentence: 'plug it in' } as const

function showing(screen: Screen, devices: Seen['devices'] = { orb: ready, reader: ready }): Seen {
  return { screen, devices }
}

const capture = (eye: 'left' | 'right'): Screen => ({
  ...{ name: 'capture', eye, attempt: 1, isFlashing: false, isAgain: false },
  ...{ instruction: 'hold-still', quality: 0, frame: 0 },
})
const tap = (outcome: 'go' | 'stop' | 'again' | 'one-card-please'): Screen => ({
  ...{ name: 'tap', outcome, reason: 'ok', assurance: 1, staleness: 'fresh' },
  ...{ milliseconds: 90, upgraded: false },
})

t.test('each screen has its sign', async (t) => {
  for (const [screen, sign] of [
    [{ name: 'idle' }, 'idle'],
    [{ name: 'consent', sentences: [], language: 'en' }, 'welcome'],
    [capture('left'), 'lookLeft'],
    [capture('right'), 'lookRight'],
    [{ name: 'attend', eye: 'left', why: 'look', checks: [] }, 'pause'],
    [{ name: 'checking', people: 5 }, 'working'],
    [{ name: 'card', step: 'place' }, 'placeCard'],
    [{ name: 'card', step: 'writing' }, 'working'],
    [{ name: 'card', step: 'moved' }, 'again'],
    [{ name: 'card', step: 'several' }, 'oneCard'],
    [{ name: 'done', isOffline: true, isOnItsWay: true, isFinalWaiting: true }, 'go'],
    [tap('go'), 'go'],
    [tap('stop'), 'stop'],
    [tap('again'), 'again'],
    [tap('one-card-please'), 'oneCard'],
  ] as const) {
    t.equal(signOf(showing(screen)), sign, JSON.stringify(screen))
  }
})

t.test('an enrolment that ended is never shown as a refusal', async (t) => {
  for (const reason of ['no-consent', 'no-eye', 'storage', 'cancelled'] as const) {
    t.equal(signOf(showing({ name: 'stopped', reason })), 'pause')
  }
})

t.test(
  'a device that is away shows while nothing is under way, and disturbs nobody else',
  async (t) => {
    const away = { orb: missing, reader: ready }
    t.equal(signOf(showing({ name: 'idle' }, away)), 'fault')
    t.equal(signOf(showing(capture('left'), away)), 'lookLeft')
  },
)

t.test('a step whose device is away asks for a moment', async (t) => {
  const away = { orb: missing, reader: ready }
  t.equal(signOf({ ...showing(capture('left'), away), pausedFor: 'orb' }), 'pause')
  const noReader = showing({ name: 'card', step: 'place' }, { orb: ready, reader: missing })
  t.equal(signOf({ ...noReader, pausedFor: 'reader' }), 'pause')
  const idle = showing({ name: 'idle' }, { orb: ready, reader: missing })
  t.equal(signOf({ ...idle, pausedFor: 'reader' }), 'fault')
})

t.test('light to read by, and none into an eye', async (t) => {
  t.ok(readingLight(showing({ name: 'consent', sentences: [], language: 'en' })) > 0)
  t.ok(readingLight(showing({ name: 'card', step: 'place' })) > 0)
  t.equal(readingLight(showing(capture('left'))), 0)
  t.equal(readingLight(showing({ name: 'idle' })), 0)
})
