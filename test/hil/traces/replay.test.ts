import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { createPn532Simulator } from '../../../hardware/nfc/simulator.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../../hardware/orb/simulator.ts'
import { openSerialPort } from '../../../hardware/serial-port.ts'
import { noTerminals, terminals } from '../../kit/terminals.ts'
import { loadRig, parseRig, type Rig } from '../rig.ts'
import type { Role } from '../scenario.ts'
import { recordRole } from './record.ts'
import { isSame, replayTrace } from './replay.ts'
import { encodeTrace, parseTrace, type Take, type Trace } from './trace.ts'

// From dist/test/hil/traces to the repository's own folder.
const RECORDED = new URL('../../../../test/hil/traces/recorded/', import.meta.url)
const ROLES_WITH_LINES: readonly Role[] = ['orb', 'nfc', 'finger', 'operator-key', 'panel']
const emulated = (): Promise<Rig> => loadRig('test/hil/rig.emulated.json', 'emulated')

t.test(
  'today’s drivers say to the byte what they said when the kept traces were made',
  async (t) => {
    const files = (await readdir(RECORDED)).filter((name) => name.endsWith('.jsonl')).sort()
    t.ok(files.length > 0)
    for (const file of files) {
      const trace = parseTrace(Uint8Array.from(await readFile(new URL(file, RECORDED))))
      t.same(
        (await replayTrace(trace)).filter((one) => !isSame(one)),
        [],
        file,
      )
    }
  },
)

t.test('each role is recorded on its emulator, the same twice, and replayed', async (t) => {
  const rig = await emulated()
  for (const role of ROLES_WITH_LINES) {
    const trace = await recordRole(rig, role, { seed: 3 })
    for (const { scene, outcome } of trace.takes) t.equal(outcome, 'done', `${role}: ${scene}`)
    const replayed = await replayTrace(parseTrace(encodeTrace(trace)))
    t.same(
      replayed.filter((one) => !isSame(one)),
      [],
      role,
    )
    t.ok(
      replayed.every(({ bytes }) => bytes > 0),
      role,
    )
    // An emulated key draws keys of its own.
    if (role === 'operator-key' || role === 'panel') continue
    t.same(await recordRole(rig, role, { seed: 3 }), trace, `${role} again`)
  }
})

t.test('the first byte that differs is told, on either side of it', async (t) => {
  const { trace, take } = await greeting()
  const total = take.events.reduce((sum, e) => sum + (e.to === 'device' ? e.bytes.length : 0), 0)
  for (const atByte of [0, 1, Math.floor(total / 2), total - 1]) {
    const [replayed] = await replayTrace({ ...trace, takes: [flipped(take, atByte)] })
    t.equal(replayed?.difference?.atByte, atByte)
    const { recorded = '', said = '' } = replayed?.difference ?? {}
    t.equal(Number.parseInt(recorded.slice(0, 2), 16) ^ Number.parseInt(said.slice(0, 2), 16), 1)
  }
})

t.test('a driver that says less, or more, than was recorded differs at the end', async (t) => {
  const { trace, take } = await greeting()
  const extra = { ms: take.endMs, to: 'device' as const, bytes: Uint8Array.of(0xaa) }
  const [less] = await replayTrace(withEvents(trace, take, [...take.events, extra]))
  t.match(less?.difference, { recorded: 'aa', said: '' })
  const last = take.events.findLastIndex(({ to }) => to === 'device')
  const [more] = await replayTrace(withEvents(trace, take, take.events.slice(0, last)))
  t.equal(more?.difference?.recorded, '')
  t.not(more?.difference?.said, '')
})

t.test('a line that was lost is lost again, and a scene that is not known is told', async (t) => {
  const { trace, take } = await greeting()
  const first = take.events.findIndex(({ to }) => to === 'host')
  const lost = { ms: take.events[first]?.ms ?? 0, to: 'nobody' as const }
  const events = [...take.events.slice(0, first), lost]
  const [replayed] = await replayTrace({
    ...trace,
    takes: [{ ...take, events, outcome: 'device.unplugged' }],
  })
  t.match(replayed, { outcome: 'device.unplugged' })
  t.equal(replayed?.recordedOutcome, undefined)
  const unknown = { ...trace, takes: [{ ...take, scene: 'dance' }] }
  await t.rejects(replayTrace(unknown), { code: 'bytes.trace', message: /no scene "dance"/ })
  await t.rejects(recordRole(await emulated(), 'nfc', { seed: 1, only: 'dance' }), {
    code: 'call.trace',
  })
})

t.test(
  'a real path is recorded by the shipped library and replayed',
  { skip: noTerminals },
  async (t) => {
    const { host, device } = await terminals(t)
    const chip = createPn532Simulator(await openSerialPort({ path: device, baud: 115_200 }))
    t.teardown(() => chip.close())
    const trace = await recordRole(rigAt('nfc', host), 'nfc', { seed: 1 })
    t.match(trace, { of: 'device', takes: [{ scene: 'open and greet', outcome: 'done' }] })
    t.equal(trace.takes.length, 1, 'scenes that need hands are not recorded from a device')
    t.same(
      (await replayTrace(parseTrace(encodeTrace(trace)))).filter((one) => !isSame(one)),
      [],
    )
  },
)

t.test('eyes before a real camera head are in no trace', { skip: noTerminals }, async (t) => {
  const { host, device } = await terminals(t)
  const pixels = Uint8Array.from({ length: 96 * 64 }, (_, i) => 1 + (i % 100))
  startOrbSimulator(await openSerialPort({ path: device, baud: 115_200 }), {
    source: () => ({ width: 96, height: 64, pixels }),
    key: simulatedHeadKey(7),
    speed: 1,
  })
  const trace = await recordRole(rigAt('orb', host), 'orb', { seed: 1, only: 'burst' })
  const text = new TextDecoder().decode(encodeTrace(trace))
  t.match(text, /(?:80){200}/, 'grey')
  t.notMatch(text, '0102030405060708', 'no row of the picture')
  t.same(
    (await replayTrace(trace)).filter((one) => !isSame(one)),
    [],
  )
})

async function greeting(): Promise<{ readonly trace: Trace; readonly take: Take }> {
  const trace = await recordRole(await emulated(), 'nfc', { seed: 1, only: 'greet' })
  const [take] = trace.takes
  if (take === undefined) throw new Error('nothing recorded')
  return { trace, take }
}

function rigAt(role: Role, path: string): Rig {
  return parseRig({ [role]: { path } }, 'bench')
}

function withEvents(trace: Trace, take: Take, events: Take['events']): Trace {
  return { ...trace, takes: [{ ...take, events }] }
}

/** The take with the last bit of one byte to the device changed. */
function flipped(take: Take, atByte: number): Take {
  let before = 0
  const events = take.events.map((event) => {
    if (event.to !== 'device') return event
    const at = atByte - before
    before += event.bytes.length
    return { ...event, bytes: event.bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)) }
  })
  return { ...take, events }
}
