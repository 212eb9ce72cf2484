import t from 'tap'
import { noHidraw } from '../kit/hidraw/shim.ts'
import { notInstalled } from '../kit/pn532-terminal.ts'
import { hidrawBus } from './hidraw/bus.ts'
import { KEYBOARD, touchedKey } from './hidraw/security-key.ts'

const skip = noHidraw || notInstalled('fido2-token', 'fido2-cred', 'fido2-assert', 'openssl')

t.test(
  'libfido2 finds the key, sets a PIN, enrols, and verifies what the key signs',
  { skip },
  async (t) => {
    const key = touchedKey(t)
    const bus = await hidrawBus(t, [KEYBOARD, key.device])
    const script = 'test/certification/hidraw/libfido2.sh'
    const told = await bus.run(['sh', script, `/dev/${key.device.node}`, t.testdir()])
    t.same(told.trim().split('\n'), [
      '/dev/hidraw1: vendor=0x1209, product=0xf1d0 (Rig Security Key)',
      'enrolled',
      'asserted',
      'pin retries: 7',
    ])
  },
)
