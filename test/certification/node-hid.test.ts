import t from 'tap'
import { createKeySimulator, type KeySimulator } from '../../hardware/fido/simulator.ts'
import type { BytePort } from '../../hardware/port.ts'
import { fromHex } from '../../protocol/bytes.ts'
import { until } from '../kit/terminals.ts'
import { hidrawBus, noHidraw as skip } from './hidraw/bus.ts'

/** CTAP 2.1 §11.2.8.1: usage page F1D0, reports of 64 bytes in and out. */
const FIDO_REPORTS = fromHex('06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0')
/** A keyboard: usage page 1, usage 6. */
const KEYBOARD_REPORTS = fromHex('05010906a101050719e029e715002501750195088102c0')

/** What the kernel tells of it. */
const KEY = {
  node: 'hidraw1',
  vendorId: 0x12_09,
  productId: 0xf1_d0,
  product: 'Security Key',
  serial: 'SN0001',
  reportDescriptor: FIDO_REPORTS,
} as const

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
    let key: KeySimulator | undefined
    let isFingerThere = true
    const attach = (port: BytePort): void => {
      key = createKeySimulator(port)
    }
    const keyboard = { ...KEY, node: 'hidraw0', product: 'Keyboard', productId: 1 }
    const bus = await hidrawBus(t, [
      { ...keyboard, reportDescriptor: KEYBOARD_REPORTS, attach: () => undefined },
      { ...KEY, attach },
    ])
    const finger = setInterval(() => {
      if (isFingerThere && key?.isWaiting === true) key.touch()
    }, 20)
    t.teardown(() => clearInterval(finger))
    const obeyed = new Set<string>()
    const obey = async ({ step }: Line): Promise<void> => {
      if (obeyed.has(step)) return
      obeyed.add(step)
      if (step === 'pull') {
        isFingerThere = false
        await until(() => key?.isWaiting === true)
        await bus.unplug(KEY.node)
        key?.powerCycle()
      }
      if (step === 'put back') {
        isFingerThere = true
        await bus.replug(KEY.node)
      }
    }
    const told = await bus.run('dist/test/certification/hidraw/operator-login.js', (text) => {
      for (const line of linesOf(text)) obey(line).catch(t.threw)
    })
    const steps = Object.fromEntries(linesOf(told).map(({ step, told }) => [step, told]))
    const path = `/dev/${KEY.node}`
    const { vendorId, productId, serial, product } = KEY
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
