import t from 'tap'
import type { BytePort } from '../../hardware/port.ts'
import type { SerialDevice } from '../../hardware/serial-devices.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../hardware/sim/virtual-timers.ts'
import { candidates, createStableOpener } from '../../hardware/stable-opener.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

const BY_ID = '/dev/serial/by-id/usb-FTDI_A5069RR4-if00-port0'
const never = new AbortController().signal

/** An adapter with a serial number of its own. */
function ftdi(node: string, serial = 'A5069RR4'): SerialDevice {
  const names = [`/dev/serial/by-id/usb-FTDI_${serial}-if00-port0`]
  return {
    node,
    names,
    usb: { vendorId: 0x04_03, productId: 0x60_01, serial, interfaceNumber: 0 },
  }
}

/** An adapter without: two of them share one name under by-id. */
function ch340(node: string, names: readonly string[] = []): SerialDevice {
  return {
    node,
    names,
    usb: { vendorId: 0x1a_86, productId: 0x75_23, serial: undefined, interfaceNumber: 0 },
  }
}

t.test('a stable name is opened by that name, a number by the stable name behind it', async (t) => {
  const devices = [ftdi('/dev/ttyUSB1'), ch340('/dev/ttyUSB0')]
  t.same(candidates(BY_ID, devices), [BY_ID])
  t.same(candidates('/dev/ttyUSB1', devices), [BY_ID])
  t.same(candidates('/dev/personhood/reader', devices), ['/dev/personhood/reader'])
  t.same(candidates('/dev/ttyUSB9', []), ['/dev/ttyUSB9'])
})

t.test('a device that was seen is looked for by itself, not by its number', async (t) => {
  const known = ftdi('/dev/ttyUSB0')
  t.same(candidates('/dev/ttyUSB0', [ch340('/dev/ttyUSB0'), ftdi('/dev/ttyUSB1')], known), [BY_ID])
  t.same(candidates('/dev/ttyUSB0', [ch340('/dev/ttyUSB0')], known), [])
})

t.test('adapters of a kind that has no serial numbers are all candidates', async (t) => {
  const known = ch340('/dev/ttyUSB0')
  const now = [ch340('/dev/ttyUSB1'), ftdi('/dev/ttyUSB0'), ch340('/dev/ttyUSB2')]
  t.same(candidates('/dev/ttyUSB0', now, known), ['/dev/ttyUSB1', '/dev/ttyUSB2'])
})

/** Ports by path, each with what answers there; a path that is absent cannot be opened. */
function bench(path: string) {
  const answers = new Map<string, string>()
  const opened: string[] = []
  const closed: string[] = []
  const timers = createVirtualTimers()
  let devices: readonly SerialDevice[] = []
  const open = createStableOpener({
    name: 'card reader',
    path,
    timers,
    list: async () => devices,
    openPort: async (at): Promise<BytePort> => {
      opened.push(at)
      if (!answers.has(at)) throw new PersonhoodError('device.missing', `${at} is not there`)
      const { host } = createPortPair(at)
      host.onClose(() => void closed.push(at))
      return host
    },
    greet: async (port, signal) => {
      const answer = answers.get(port.name) ?? ''
      if (answer === 'silent') {
        return new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      }
      if (answer.startsWith('reader')) return { port, unit: answer }
      throw new PersonhoodError('bytes.answer', `${port.name} speaks another language`)
    },
    unitOf: ({ unit }) => unit,
  })
  return {
    open,
    opened,
    closed,
    timers,
    plug: (now: readonly SerialDevice[], there: Readonly<Record<string, string>>) => {
      devices = now
      answers.clear()
      for (const [at, answer] of Object.entries(there)) answers.set(at, answer)
    },
  }
}

t.test('replugged under another number, with another device at the old one', async (t) => {
  const b = bench('/dev/ttyUSB0')
  b.plug([ch340('/dev/ttyUSB0'), ch340('/dev/ttyUSB1')], { '/dev/ttyUSB0': 'reader 1' })
  t.equal((await b.open(never)).unit, 'reader 1')
  b.plug([ch340('/dev/ttyUSB0'), ch340('/dev/ttyUSB1')], {
    '/dev/ttyUSB0': 'finger sensor',
    '/dev/ttyUSB1': 'reader 1',
  })
  t.equal((await b.open(never)).port.name, '/dev/ttyUSB1')
  t.same(b.closed, ['/dev/ttyUSB0'], 'the port of the other device is let go')
})

t.test('unplugged before it ever answered, and back under another number', async (t) => {
  const b = bench('/dev/ttyUSB0')
  b.plug([ftdi('/dev/ttyUSB0')], {})
  await t.rejects(b.open(never), { code: 'device.missing' })
  b.plug([], {})
  await t.rejects(b.open(never), { code: 'device.missing' })
  b.plug([ftdi('/dev/ttyUSB7')], { [BY_ID]: 'reader 1' })
  t.equal((await b.open(never)).unit, 'reader 1')
  const c = bench('/dev/ttyUSB0')
  c.plug([ftdi('/dev/ttyUSB0')], {})
  await t.rejects(c.open(never), { code: 'device.missing' })
  c.plug([ftdi('/dev/ttyUSB7', 'B1')], { '/dev/ttyUSB7': 'reader 2' })
  await t.rejects(c.open(never), { code: 'device.missing' }, 'another unit is not ours')
})

t.test('two readers swapped: the other unit is not taken for this one', async (t) => {
  const b = bench('/dev/ttyUSB0')
  b.plug([ch340('/dev/ttyUSB0')], { '/dev/ttyUSB0': 'reader 1' })
  await b.open(never)
  b.plug([ch340('/dev/ttyUSB0')], { '/dev/ttyUSB0': 'reader 2' })
  await t.rejects(b.open(never), { code: 'device.another-unit', message: /another card reader/ })
  t.same(b.closed, ['/dev/ttyUSB0'])
})

t.test('a candidate that says nothing holds the others up for its time only', async (t) => {
  const b = bench('/dev/ttyUSB0')
  const both = [ch340('/dev/ttyUSB0'), ch340('/dev/ttyUSB1')]
  b.plug(both, { '/dev/ttyUSB0': 'reader 1' })
  await b.open(never)
  b.plug(both, { '/dev/ttyUSB0': 'silent', '/dev/ttyUSB1': 'reader 1' })
  const opening = b.open(never)
  await b.timers.advance(2500)
  t.equal((await opening).port.name, '/dev/ttyUSB1')
})

t.test('one candidate keeps its own fault; none, or several, are told together', async (t) => {
  const b = bench(BY_ID)
  await t.rejects(b.open(never), { code: 'device.missing', message: `${BY_ID} is not there` })
  const c = bench('/dev/ttyUSB0')
  c.plug([ch340('/dev/ttyUSB0'), ch340('/dev/ttyUSB1')], {
    '/dev/ttyUSB0': 'printer',
    '/dev/ttyUSB1': 'modem',
  })
  await t.rejects(c.open(never), {
    code: 'device.missing',
    message: /no card reader: \/dev\/ttyUSB0 speaks .*; \/dev\/ttyUSB1 speaks/,
  })
  t.equal(c.closed.length, 2)
})

t.test('a caller who gives up ends the search with their own reason', async (t) => {
  const b = bench('/dev/ttyUSB0')
  b.plug([ch340('/dev/ttyUSB0')], { '/dev/ttyUSB0': 'silent' })
  const mine = new AbortController()
  const opening = b.open(mine.signal)
  await b.timers.advance(10)
  mine.abort(new Error('closing time'))
  await t.rejects(opening, { message: 'closing time' })
})
