import t from 'tap'
import { noHidraw as skip } from '../kit/hidraw/shim.ts'
import { until } from '../kit/terminals.ts'
import { hidrawBus } from './hidraw/bus.ts'
import { KEYBOARD, SECURITY_KEY, touchedKey } from './hidraw/security-key.ts'

const CLIENT = [process.execPath, 'dist/test/certification/hidraw/operator-login.js']

type Line = { readonly step: string; readonly told: unknown }

const linesOf = (told: string): Line[] =>
  told
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

t.test(
  'an operator enrols and logs in through unmodified node-hid, and the key is pulled and put back',
  { skip },
  async (t) => {
    const key = touchedKey(t)
    const bus = await hidrawBus(t, [KEYBOARD, key.device])
    const obeyed = new Set<string>()
    const obey = async ({ step }: Line): Promise<void> => {
      if (obeyed.has(step)) return
      obeyed.add(step)
      if (step === 'pull') {
        key.isFingerThere = false
        await until(() => key.simulator().isWaiting)
        await bus.unplug(SECURITY_KEY.node)
        key.simulator().powerCycle()
      }
      if (step === 'put back') {
        key.isFingerThere = true
        await bus.replug(SECURITY_KEY.node)
      }
    }
    const told = await bus.run(CLIENT, (text) => {
      for (const line of linesOf(text)) obey(line).catch(t.threw)
    })
    const steps = Object.fromEntries(linesOf(told).map(({ step, told }) => [step, told]))
    const path = `/dev/${SECURITY_KEY.node}`
    const { vendorId, productId, serial, product } = SECURITY_KEY
    t.same(steps['listed'], [{ path, vendorId, productId, serial, product }], 'and no keyboard')
    t.match(steps['info'], { versions: ['FIDO_2_0', 'FIDO_2_1'], pin: 'unset' })
    t.same(steps['pin'], { outcome: 'set' })
    t.equal(steps['enrolled'], 'packed')
    t.same(steps['wrong pin'], { outcome: 'refused', reason: 'pin-wrong', retries: 7 })
    t.same(steps['login'], { outcome: 'proved', secretBytes: 32 })
    t.equal(steps['closed'], 'device.unplugged')
    t.equal(steps['interrupted'], 'device.unplugged')
    t.equal(steps['gone'], 'device.missing')
    t.same(steps['left'], [])
    t.same(steps['login again'], { outcome: 'proved', secretBytes: 32 })
  },
)
