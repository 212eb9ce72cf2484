import { EventEmitter } from 'node:events'
import t from 'tap'
import { type HidLibrary, listHidDevices, openHidPort } from '../../hardware/hid-port.ts'

/** A HID library with one device in it, which keeps what is written. */
function library() {
  const device = new EventEmitter()
  const written: number[][] = []
  let isClosed = false
  const hid = Object.assign(device, {
    write: async (report: number[] | Uint8Array) => {
      written.push([...report])
      if (isClosed) throw new Error('could not write to HID device')
      return report.length
    },
    close: async () => {
      isClosed = true
    },
  })
  const load = async (): Promise<HidLibrary> => ({
    devicesAsync: async () => [],
    HIDAsync: { open: async () => hid },
  })
  return { load, device, written, unplug: () => hid.close() }
}

t.test('a write is one report with number 0 before it, an input report one run', async (t) => {
  const { load, device, written } = library()
  const port = await openHidPort('/dev/hidraw0', load)
  const heard: Uint8Array[] = []
  port.onBytes((bytes) => heard.push(bytes))
  await port.write(Uint8Array.of(1, 2, 3))
  device.emit('data', Buffer.from([9, 8]))
  t.same(written, [[0, 1, 2, 3]])
  t.same(heard, [Uint8Array.of(9, 8)])
  await t.rejects(port.write(new Uint8Array(65)), { code: 'call.hid-report' })
  await port.close()
  await t.rejects(port.write(Uint8Array.of(1)), { code: 'call.port-closed' })
})

t.test('a key that is pulled is unplugged, whether reading or writing finds out', async (t) => {
  const reading = library()
  const port = await openHidPort('/dev/hidraw0', reading.load)
  const reason = new Promise((resolve) => port.onClose(resolve))
  reading.device.emit('error', new Error('could not read from HID device'))
  t.match(await reason, { code: 'device.unplugged' })

  const writing = library()
  const other = await openHidPort('/dev/hidraw0', writing.load)
  await writing.unplug()
  await t.rejects(other.write(Uint8Array.of(1)), { code: 'device.unplugged' })
})

t.test('a machine without the HID library is told so, with what to install', async (t) => {
  const cause = new Error('libudev.so.1: cannot open shared object file')
  const refusal = { code: 'device.hid-unavailable', message: /libudev/, cause }
  await t.rejects(
    openHidPort('/dev/hidraw0', () => Promise.reject(cause)),
    refusal,
  )
  await t.rejects(
    listHidDevices(0xf1_d0, () => Promise.reject(cause)),
    refusal,
  )
  // node-hid loads its native part at the first open.
  const load = async () => ({
    devicesAsync: () => Promise.reject(cause),
    HIDAsync: { open: () => Promise.reject(cause) },
  })
  await t.rejects(openHidPort('/dev/hidraw0', load), refusal)
  await t.rejects(listHidDevices(0xf1_d0, load), refusal)
})

t.test('the real library: a HID device that is not there is missing', async (t) => {
  await t.rejects(openHidPort('/dev/hidraw-none'), {
    code: /^device\.(missing|hid-unavailable)$/,
  })
})

t.test('security keys are told from keyboards by their usage page', async (t) => {
  const key = { vendorId: 0x10_50, productId: 0x04_07, product: 'Key', usagePage: 0xf1_d0 }
  const load = async (): Promise<HidLibrary> => ({
    ...(await library().load()),
    devicesAsync: async () => [
      { ...key, path: '/dev/hidraw1', serialNumber: '5' },
      { ...key, path: '/dev/hidraw1', serialNumber: '5' },
      { ...key, path: '/dev/hidraw2', product: undefined },
      { ...key, path: '/dev/hidraw3', usagePage: 1 },
      { ...key, path: undefined },
    ],
  })
  t.same(await listHidDevices(0xf1_d0, load), [
    { path: '/dev/hidraw1', vendorId: 0x10_50, productId: 0x04_07, serial: '5', product: 'Key' },
    { path: '/dev/hidraw2', vendorId: 0x10_50, productId: 0x04_07, serial: '', product: '' },
  ])
})
