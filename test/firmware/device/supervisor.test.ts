import t from 'tap'
import { type Device, superviseDevice } from '../../../firmware/device/supervisor.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { createManualTimers } from '../../runtime/manual-timers.ts'
import { silentLog } from '../bench.ts'

type Fake = Device & { readonly number: number; readonly isClosed: boolean; fail(): void }

/** A device that opens when told, and ends when told. */
function createFakes() {
  let openings = 0
  let isThere = true
  const made: Fake[] = []
  const open = async (): Promise<Fake> => {
    openings += 1
    if (!isThere) throw new PersonhoodError('device.unplugged', 'cable at port 2')
    let end: (reason: PersonhoodError | undefined) => void = () => {}
    let isClosed = false
    const fake: Fake = {
      number: openings,
      get isClosed() {
        return isClosed
      },
      onClose(listener) {
        end = listener
        return () => undefined
      },
      close: async () => {
        isClosed = true
      },
      fail: () => end(new PersonhoodError('device.unplugged', 'pulled out')),
    }
    made.push(fake)
    return fake
  }
  return {
    made,
    open,
    get openings() {
      return openings
    },
    set isThere(now: boolean) {
      isThere = now
    },
  }
}

function supervise(fakes: ReturnType<typeof createFakes>) {
  const timers = createManualTimers()
  const states: string[] = []
  const options = { name: 'camera', open: fakes.open, timers, log: silentLog() }
  const supervised = superviseDevice<Fake>({
    ...options,
    onChange: () => void states.push(supervised.state.status),
  })
  return { supervised, timers, states }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const never = new AbortController().signal

t.test('a device that is not there is tried again, ever more seldom', async (t) => {
  const fakes = createFakes()
  fakes.isThere = false
  const { supervised, timers, states } = supervise(fakes)
  await turn()
  t.match(supervised.state, { status: 'missing', sentence: /camera.*cable at port 2/ })
  for (const ms of [250, 500, 1000, 2000, 2000, 2000]) {
    timers.advance(ms - 1)
    await turn()
    const before = fakes.openings
    timers.advance(1)
    await turn()
    t.equal(fakes.openings, before + 1, `after ${ms} ms`)
  }
  fakes.isThere = true
  timers.advance(2000)
  await turn()
  t.match(supervised.state, { status: 'ready', sentence: '' })
  t.equal(states.at(-1), 'ready')
  await supervised.close()
})

t.test('whoever needs the device waits for it', async (t) => {
  const fakes = createFakes()
  fakes.isThere = false
  const { supervised, timers } = supervise(fakes)
  const used = supervised.use(async ({ number }) => number, never)
  await turn()
  fakes.isThere = true
  timers.advance(250)
  t.equal(await used, 2)
  await supervised.close()
})

t.test('what fails for the device runs again on the next one', async (t) => {
  const fakes = createFakes()
  const { supervised, timers } = supervise(fakes)
  const seen: number[] = []
  const used = supervised.use(async ({ number }) => {
    seen.push(number)
    if (number === 1) throw new PersonhoodError('device.timeout', 'silent')
    return 'done'
  }, never)
  await turn()
  await turn()
  t.equal(supervised.state.status, 'restarting')
  t.equal(fakes.made[0]?.isClosed, true)
  timers.advance(250)
  t.equal(await used, 'done')
  t.same(seen, [1, 2])
  await supervised.close()
})

t.test("what is no fault of the device is its caller's", async (t) => {
  const fakes = createFakes()
  const { supervised } = supervise(fakes)
  const moved = new PersonhoodError('card.moved', 'put it back')
  await t.rejects(
    supervised.use(() => Promise.reject(moved), never),
    { code: 'card.moved' },
  )
  t.equal(supervised.state.status, 'ready')
  await supervised.close()
})

t.test('a device that ends while nobody uses it is opened again', async (t) => {
  const fakes = createFakes()
  const { supervised, timers } = supervise(fakes)
  await turn()
  fakes.made[0]?.fail()
  t.match(supervised.state, { status: 'restarting', sentence: /pulled out/ })
  timers.advance(250)
  await turn()
  t.equal(supervised.state.status, 'ready')
  t.equal(fakes.openings, 2)
  await supervised.close()
})

t.test('whoever gives up waiting gives up with their own reason', async (t) => {
  const fakes = createFakes()
  fakes.isThere = false
  const { supervised } = supervise(fakes)
  const mine = new AbortController()
  const used = supervised.use(async () => 'never', mine.signal)
  mine.abort(new Error('enough'))
  await t.rejects(used, { message: 'enough' })
  await supervised.close()
})

t.test('closing ends the waits, the timers and the device', async (t) => {
  const fakes = createFakes()
  const { supervised, timers } = supervise(fakes)
  await turn()
  fakes.isThere = false
  fakes.made[0]?.fail()
  const used = supervised.use(async () => 'never', never)
  const closing = supervised.close()
  await t.rejects(used, { code: 'call.port-closed' })
  await closing
  t.equal(timers.pending, 0)
})

t.test('an idle device that has fallen silent is noticed and opened again', async (t) => {
  const fakes = createFakes()
  const timers = createManualTimers()
  let isSilent = false
  const supervised = superviseDevice<Fake>({
    name: 'camera',
    open: fakes.open,
    probe: (_, signal) =>
      isSilent
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : Promise.resolve(),
    timers,
    log: silentLog(),
    onChange: () => undefined,
  })
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) {
      timers.advance(50)
      await turn()
    }
  }
  await pass(5000)
  t.equal(fakes.openings, 1)
  isSilent = true
  const inUse = supervised.use(() => pass(5000), never)
  await inUse
  t.equal(fakes.openings, 1, 'a device at work is not probed')
  await pass(1000)
  t.match(supervised.state, { status: 'restarting', sentence: /says nothing/ })
  t.equal(fakes.made[0]?.isClosed, true)
  isSilent = false
  await pass(250)
  t.equal(supervised.state.status, 'ready')
  await supervised.close()
  t.equal(timers.pending, 0)
})

t.test('a device that hangs is restarted twice, then the kiosk goes on without it', async (t) => {
  const fakes = createFakes()
  const { supervised, timers } = supervise(fakes)
  const hang = async () => {
    const used = supervised.use(async (fake) => {
      if (fake === fakes.made.at(-1) && !fake.isClosed && hangs > 0) {
        hangs -= 1
        throw new PersonhoodError('device.timeout', 'no answer')
      }
      return 'done'
    }, never)
    await turn()
    await turn()
    return used
  }
  let hangs = 3
  const used = hang()
  await turn()
  await turn()
  t.match(supervised.state, { status: 'restarting', sentence: /restarted \(1 of 2\): no answer/ })
  timers.advance(250)
  await turn()
  await turn()
  t.match(supervised.state, { status: 'restarting', sentence: /\(2 of 2\)/ })
  timers.advance(250)
  await turn()
  await turn()
  t.match(supervised.state, { status: 'out-of-service', sentence: /without the camera.*cable/ })
  timers.advance(250)
  t.equal(await used, 'done', 'who waited for it is served all the same')
  t.match(supervised.state, { status: 'ready', sentence: '' }, 'it has done its work')
  await supervised.close()
  t.equal(timers.pending, 0)
})

t.test(
  'a device that hung too often and then is well for ten seconds is trusted again',
  async (t) => {
    const fakes = createFakes()
    const { supervised, timers } = supervise(fakes)
    await turn()
    for (let i = 0; i < 3; i++) {
      const device = fakes.made.at(-1)
      const hung = new PersonhoodError('device.silent', 'says nothing')
      const fail = async (one: Fake) =>
        one === device ? Promise.reject(hung) : Promise.resolve('well')
      const leaving = new AbortController()
      const used = supervised.use(fail, leaving.signal).catch(() => 'left')
      await turn()
      leaving.abort()
      timers.advance(250)
      await turn()
      await used
    }
    t.equal(supervised.state.status, 'out-of-service')
    timers.advance(9000)
    await turn()
    t.equal(supervised.state.status, 'out-of-service', 'it is there, and has shown nothing yet')
    timers.advance(1000)
    t.equal(supervised.state.status, 'ready')
    await supervised.close()
  },
)

t.test('a device that is away for ten seconds is out of service until it is back', async (t) => {
  const fakes = createFakes()
  const { supervised, timers } = supervise(fakes)
  await turn()
  fakes.isThere = false
  fakes.made[0]?.fail()
  t.match(supervised.state.sentence, /Plug in the cable marked "camera"/)
  for (let i = 0; i < 39; i++) {
    timers.advance(250)
    await turn()
  }
  t.equal(supervised.state.status, 'missing')
  timers.advance(250)
  t.match(supervised.state, { status: 'out-of-service', sentence: /goes on without it.*"camera"/ })
  fakes.isThere = true
  for (let i = 0; i < 8; i++) {
    timers.advance(250)
    await turn()
  }
  t.equal(supervised.state.status, 'ready')
  await supervised.close()
})
