import t from 'tap'
import { ANSWER_MS, BEAT_MS, startHeartbeat } from '../../hardware/heartbeat.ts'
import { createVirtualTimers } from '../../hardware/sim/virtual-timers.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

/** A device that answers while it lives, and a watch on it. */
function watch() {
  const timers = createVirtualTimers()
  const device = { answers: 'at once' as 'at once' | 'never' | 'unplugged', probes: 0 }
  const reasons: PersonhoodError[] = []
  const heartbeat = startHeartbeat({
    name: 'iris camera',
    timers,
    probe: async (signal) => {
      device.probes++
      if (device.answers === 'unplugged') throw new PersonhoodError('device.unplugged', 'gone')
      if (device.answers === 'never') {
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('too late')))
        })
      }
    },
    onSilence: (reason) => reasons.push(reason),
  })
  return { timers, device, reasons, heartbeat }
}

t.test('a device that answers is left in peace between probes', async (t) => {
  const { timers, device, reasons } = watch()
  await timers.advance(10 * BEAT_MS)
  t.equal(device.probes, 10)
  t.same(reasons, [])
})

t.test('silence is noticed within a second, and told once', async (t) => {
  const { timers, device, reasons } = watch()
  await timers.advance(BEAT_MS)
  device.answers = 'never'
  await timers.advance(BEAT_MS + 2 * ANSWER_MS - 1)
  t.same(reasons, [])
  await timers.advance(1)
  t.match(reasons, [{ code: 'device.silent', message: /iris camera/ }])
  t.ok(BEAT_MS + 2 * ANSWER_MS < 1000)
  await timers.advance(60_000)
  t.equal(reasons.length, 1)
  t.equal(device.probes, 3)
})

t.test('one missed answer is forgiven', async (t) => {
  const { timers, device, reasons } = watch()
  device.answers = 'never'
  await timers.advance(BEAT_MS + ANSWER_MS - 1)
  device.answers = 'at once'
  await timers.advance(20 * BEAT_MS)
  t.same(reasons, [])
})

t.test('a device that says itself that it is gone is believed', async (t) => {
  const { timers, device, reasons } = watch()
  device.answers = 'unplugged'
  await timers.advance(BEAT_MS)
  t.match(reasons, [{ code: 'device.unplugged' }])
})

t.test('no probe disturbs a device at work; each pause ends once', async (t) => {
  const { timers, device, reasons, heartbeat } = watch()
  await timers.advance(BEAT_MS)
  device.answers = 'never'
  await timers.advance(BEAT_MS)
  const [first, second] = [heartbeat.pause(), heartbeat.pause()]
  const { probes } = device
  await timers.advance(60_000)
  first()
  first()
  await timers.advance(60_000)
  t.equal(device.probes, probes, 'one is still at work')
  t.same(reasons, [])
  device.answers = 'at once'
  second()
  await timers.advance(BEAT_MS)
  t.equal(device.probes, probes + 1)
  heartbeat.stop()
  await timers.advance(60_000)
  t.equal(device.probes, probes + 1)
})
