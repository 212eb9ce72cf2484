import t from 'tap'
import { loadHid, openHidPort } from '../../hardware/hid-port.ts'

t.test('a machine without the HID library is told so, with what to install', async (t) => {
  const cause = new Error('libudev.so.1: cannot open shared object file')
  const load = () => Promise.reject(cause)
  await t.rejects(loadHid(load), {
    code: 'device.hid-unavailable',
    message: /libudev/,
    cause,
  })
})

t.test('a HID device that is not there is missing, or the library is', async (t) => {
  await t.rejects(openHidPort('/dev/hidraw-none'), {
    code: /^device\.(missing|hid-unavailable)$/,
  })
})
