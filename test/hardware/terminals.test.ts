import { readFileSync } from 'node:fs'
import t from 'tap'
import { FINGER_BAUD, openFinger } from '../../hardware/finger/finger.ts'
import { renderRidges } from '../../hardware/finger/ridge-image.ts'
import { createFingerSimulator } from '../../hardware/finger/simulator.ts'
import { openPanel, PANEL_BAUD, type Panel } from '../../hardware/panel/panel.ts'
import { SIGNS } from '../../hardware/panel/signs.ts'
import { createPanelSimulator } from '../../hardware/panel/simulator.ts'
import type { BytePort } from '../../hardware/port.ts'
import { openSerialPort } from '../../hardware/serial-port.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { hasCode } from '../../protocol/errors.ts'
import { noTerminals as skip, terminals, until } from '../kit/terminals.ts'

/** Joins two ports: what the one hears the other says. */
function join(a: BytePort, b: BytePort): void {
  a.onBytes((bytes) => void b.write(bytes).catch(() => undefined))
  b.onBytes((bytes) => void a.write(bytes).catch(() => undefined))
}

/** On a busy machine the emulated chip is slower than a real one: it is asked again, as a kiosk does. */
async function greeted(path: string): Promise<Panel> {
  for (let tries = 1; ; tries++) {
    const port = await openSerialPort({ path, baud: PANEL_BAUD })
    try {
      return await openPanel(port)
    } catch (error) {
      await port.close()
      if (!hasCode(error, 'device.timeout') || tries === 20) throw error
    }
  }
}

t.test(
  'the panel over a real terminal, in real time: shown, heard and pulled out',
  { skip },
  async (t) => {
    const line = await terminals(t)
    const simulator = createPanelSimulator({
      hex: readFileSync('hardware/panel/firmware/panel.hex', 'utf8'),
    })
    t.teardown(() => simulator.unplug())
    join(simulator.plug(), await openSerialPort({ path: line.device, baud: PANEL_BAUD }))
    const panel = await greeted(line.host)
    await panel.show(SIGNS.go)
    await until(
      () => simulator.ring.length === 24 && simulator.ring.every(({ green }) => green > 200),
    )
    panel.setLamp('reading', 128)
    await until(() => Math.abs(simulator.lamp('reading') - 0.5) < 0.02)
    const pressed = new Promise((resolve) => panel.onButton((button) => resolve(button)))
    simulator.press('help', true)
    t.equal(await pressed, 'help')
    simulator.press('help', false)
    const gone = new Promise((resolve) => panel.onClose(resolve))
    line.unplug()
    t.match(await gone, { code: 'device.unplugged' })
    await panel.close()
  },
)

t.test('the finger sensor over a real terminal, with its largest picture', { skip }, async (t) => {
  const line = await terminals(t)
  const device = await openSerialPort({ path: line.device, baud: FINGER_BAUD })
  const simulator = createFingerSimulator(device)
  const ridges = renderRidges(256, 288, { finger: 1, press: 1 })
  const sensor = await openFinger(await openSerialPort({ path: line.host, baud: FINGER_BAUD }))
  simulator.place(ridges)
  const image = await sensor.capture({ timeoutMs: 2000 })
  const seen = ridges.pixels.map((pixel) => (pixel >> 4) * 17)
  t.ok(equalBytes(image?.pixels ?? new Uint8Array(0), seen))
  await sensor.close()
  await device.close()
})
