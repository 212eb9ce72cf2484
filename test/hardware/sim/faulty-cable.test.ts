import t from 'tap'
import type { BytePort } from '../../../hardware/port.ts'
import type { Act, Strike } from '../../../hardware/sim/cable-way.ts'
import {
  type CableOptions,
  type CablePlan,
  createFaultyCable,
} from '../../../hardware/sim/faulty-cable.ts'
import { createRandom } from '../../../hardware/sim/random.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'

const BAUD = 115_200
const SENT = Uint8Array.of(1, 2, 3, 4, 5, 6)

/** A cable whose device says what it hears, and both ends. */
async function lay(plan: CablePlan = {}, options: Partial<CableOptions> = {}) {
  const clock = createVirtualTimers()
  const devices: BytePort[] = []
  const heard: number[][] = []
  const cable = createFaultyCable({
    node: '/dev/ttyUSB0',
    baud: BAUD,
    unit: 'byte',
    clock,
    random: createRandom(1),
    plan,
    power: (port) => {
      devices.push(port)
      port.onBytes((bytes) => heard.push([...bytes]))
    },
    ...options,
  })
  const host = await cable.open()
  const told: number[][] = []
  host.onBytes((bytes) => told.push([...bytes]))
  return { clock, cable, host, devices, heard, told }
}

function strike(atByte: number, act: Act, way: Strike['way'] = 'toDevice'): CablePlan {
  return { strikes: [{ way, atByte, act }] }
}

t.test('a byte takes ten bits of time, and a write settles when its last has left', async (t) => {
  const { clock, host, heard } = await lay()
  let isWritten = false
  void host.write(new Uint8Array(1152)).then(() => {
    isWritten = true
  })
  await clock.advance(99)
  t.same([heard.length, isWritten], [0, false])
  await clock.advance(1)
  t.same([heard.flat().length, isWritten], [1152, true])
})

t.test('each fault strikes at its byte and nowhere else', async (t) => {
  for (const [act, arrived] of [
    [{ kind: 'flip', bit: 7 }, [1, 2, 0x83, 4, 5, 6]],
    [{ kind: 'drop', bytes: 2 }, [1, 2, 5, 6]],
    [{ kind: 'double' }, [1, 2, 3, 3, 4, 5, 6]],
    [{ kind: 'noise', bytes: Uint8Array.of(9, 9) }, [1, 2, 9, 9, 3, 4, 5, 6]],
    [{ kind: 'hold', ms: 50 }, [1, 2, 3, 4, 5, 6]],
    [{ kind: 'half-open' }, [1, 2]],
    [{ kind: 'mute', ms: 0.2 }, [1, 2, 6]],
  ] satisfies [Act, number[]][]) {
    for (const size of [1, 2, 3, 6]) {
      const { clock, cable, host, heard } = await lay(strike(2, act))
      for (let at = 0; at < SENT.length; at += size) {
        void host.write(SENT.subarray(at, at + size)).catch(() => undefined)
      }
      await clock.advance(40)
      if (act.kind === 'hold') t.same(heard.flat(), [1, 2], 'held back')
      await clock.advance(40)
      t.same(heard.flat(), arrived, `${act.kind} in writes of ${size}`)
      t.equal(cable.struck, 1)
    }
  }
})

t.test('bytes come split, and gathered, and are the same bytes', async (t) => {
  const split = await lay({ chunkMaxBytes: 2 })
  void split.host.write(SENT)
  await split.clock.advance(10)
  t.same(split.heard.flat(), [...SENT])
  t.ok(split.heard.length >= 3)
  const merged = await lay({ gatherMs: 16 })
  for (const byte of SENT) void merged.host.write(Uint8Array.of(byte))
  await merged.clock.advance(15)
  t.same(merged.heard, [])
  await merged.clock.advance(1)
  t.same(merged.heard, [[...SENT]])
})

t.test('a bus of reports loses or repeats a report, and cuts none', async (t) => {
  const reports = { unit: 'report', baud: 640_000 } as const
  for (const [act, count] of [
    [{ kind: 'drop', bytes: 1 }, 1],
    [{ kind: 'double' }, 3],
  ] satisfies [Act, number][]) {
    const { clock, host, heard } = await lay({ ...strike(70, act), chunkMaxBytes: 5 }, reports)
    void host.write(new Uint8Array(64))
    void host.write(new Uint8Array(64).fill(1))
    await clock.advance(10)
    t.same([heard.length, heard.every(({ length }) => length === 64)], [count, true])
  }
})

t.test('a pulled cable closes both ends, and comes back under another name', async (t) => {
  const pull = { kind: 'unplug', awayMs: 100, isTold: true, node: '/dev/ttyUSB7' } as const
  const { clock, cable, host, devices, heard } = await lay(strike(3, pull))
  const reasons: unknown[] = []
  host.onClose((reason) => reasons.push(reason?.code))
  devices[0]?.onClose((reason) => reasons.push(reason?.code))
  const write = host.write(SENT)
  write.catch(() => undefined)
  await clock.advance(10)
  await t.rejects(write, { code: 'device.unplugged' })
  t.same(reasons.toSorted(), ['device.unplugged', 'device.unplugged'])
  t.same([heard.flat(), cable.node], [[1, 2, 3].slice(0, 3), undefined])
  await t.rejects(cable.open(), { code: 'device.missing' })
  await clock.advance(100)
  t.equal(cable.node, '/dev/ttyUSB7')
  t.equal(devices.length, 2, 'the device starts anew')
  const again = await cable.open()
  t.equal(again.name, '/dev/ttyUSB7')
  void again.write(SENT)
  await clock.advance(10)
  t.same(heard.flat().slice(-6), [...SENT])
})

t.test(
  'an untold loss leaves a port that writes into nothing until it is opened anew',
  async (t) => {
    const { clock, cable, host, heard } = await lay()
    cable.unplug(false)
    cable.plug()
    const write = host.write(SENT)
    await clock.advance(10)
    await write
    t.same(heard, [])
    const again = await cable.open()
    void again.write(SENT)
    await clock.advance(10)
    t.same(heard.flat(), [...SENT])
  },
)

t.test('one holder at a time', async (t) => {
  const { cable, host } = await lay()
  await t.rejects(cable.open(), { code: 'device.busy' })
  await host.close()
  t.equal((await cable.open()).name, '/dev/ttyUSB0')
})

t.test('an opening may begin with stray bytes', async (t) => {
  const { clock, told } = await lay({ strayAtOpen: 7 })
  await clock.advance(10)
  t.equal(told.flat().length, 7)
})

t.test('the same seed loses the same bytes', async (t) => {
  const runs = await Promise.all(
    [1, 2].map(async () => {
      const { clock, host, heard } = await lay({ chunkMaxBytes: 3 }, { random: createRandom(7) })
      void host.write(SENT)
      await clock.advance(10)
      return heard
    }),
  )
  t.same(runs[0], runs[1])
})
