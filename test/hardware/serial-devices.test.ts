import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { listSerialDevices, type SystemRoots } from '../../hardware/serial-devices.ts'

/** A machine's /dev and /sys, as far as serial devices are described there. */
async function machine(): Promise<
  SystemRoots & {
    plug(tty: string, files: Readonly<Record<string, string>>, depth?: string): Promise<void>
    link(name: string, tty: string): Promise<void>
  }
> {
  const root = await mkdtemp(join(tmpdir(), 'devices-'))
  const [dev, sys] = [join(root, 'dev'), join(root, 'sys')]
  await mkdir(join(sys, 'class/tty'), { recursive: true })
  await mkdir(dev)
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  return {
    dev,
    sys,
    plug: async (tty, files, below = '') => {
      const usb = join(sys, 'devices/usb1', tty)
      const device = join(usb, `${tty}:1.0`, below)
      await mkdir(join(device, 'tty', tty), { recursive: true })
      for (const [name, text] of Object.entries(files)) {
        await write(
          name === 'bInterfaceNumber' ? join(usb, `${tty}:1.0`, name) : join(usb, name),
          text,
        )
      }
      await mkdir(join(sys, 'class/tty', tty))
      await symlink(device, join(sys, 'class/tty', tty, 'device'))
      await writeFile(join(dev, tty), '')
    },
    link: async (name, tty) => {
      await mkdir(dirname(join(dev, name)), { recursive: true })
      await symlink(join(dev, tty), join(dev, name))
    },
  }
}

t.test('a USB serial device has its node, its stable names and its identity', async (t) => {
  const m = await machine()
  await m.plug(
    'ttyUSB3',
    {
      idVendor: '0403\n',
      idProduct: '6001\n',
      serial: 'A5069RR4\n',
      bInterfaceNumber: '00\n',
    },
    'ttyUSB3',
  )
  await m.link('serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0', 'ttyUSB3')
  await m.link('serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0', 'ttyUSB3')
  await m.link('personhood/panel', 'ttyUSB3')
  t.same(await listSerialDevices(m), [
    {
      node: join(m.dev, 'ttyUSB3'),
      names: [
        join(m.dev, 'serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0'),
        join(m.dev, 'serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0'),
        join(m.dev, 'personhood/panel'),
      ],
      usb: { vendorId: 0x04_03, productId: 0x60_01, serial: 'A5069RR4', interfaceNumber: 0 },
    },
  ])
})

t.test(
  'an adapter without a serial number has none, and a broken description is none',
  async (t) => {
    const m = await machine()
    await m.plug('ttyUSB0', { idVendor: '1a86', idProduct: '7523' })
    await m.plug('ttyACM0', { idVendor: 'garbage', idProduct: '0001' })
    const [acm, usb] = await listSerialDevices(m)
    t.same(acm?.usb, undefined)
    t.same(usb?.usb, {
      vendorId: 0x1a_86,
      productId: 0x75_23,
      serial: undefined,
      interfaceNumber: undefined,
    })
  },
)

t.test(
  'consoles and on-board ports are not listed, and an empty machine lists nothing',
  async (t) => {
    const m = await machine()
    await m.plug('ttyS0', {})
    await m.plug('ttyAMA0', {})
    t.same(await listSerialDevices(m), [])
    t.same(await listSerialDevices({ dev: '/nowhere', sys: '/nowhere' }), [])
  },
)
