import t from 'tap'
import { deviceOpener } from '../../../cli/stations/device-opener.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'

const never = new AbortController().signal
const COMMON = { name: 'card reader', baud: 115_200, greet: async () => 'a reader' }

t.test('a simulated device wants a process that has one', async (t) => {
  const config = { kind: 'simulator' } as const
  const { host } = createPortPair('reader')
  const open = deviceOpener({ ...COMMON, config, simulated: () => host })
  t.equal(await open(never), 'a reader')
  const bare = deviceOpener({ ...COMMON, config, simulated: undefined })
  await t.rejects(bare(never), { code: 'config.simulator' })
})

t.test('a serial device that is not there is missing, by its configured name', async (t) => {
  const config = { kind: 'serial', path: '/dev/serial/by-id/usb-none' } as const
  await t.rejects(deviceOpener({ ...COMMON, config, simulated: undefined })(never), {
    code: 'device.missing',
    message: /usb-none is not there/,
  })
})
