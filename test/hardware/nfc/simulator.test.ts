import t from 'tap'
import { encodeFrame, Tfi } from '../../../hardware/nfc/pn532-frame.ts'
import { createPn532Simulator } from '../../../hardware/nfc/simulator.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'

const ACK = '0000ff00ff00'
const SAM_CONFIGURATION = '1401'
const GET_FIRMWARE = '02'
const FIRMWARE_ANSWER = '0000ff06fad50332010607e800'

/** A chip alone: what it says to raw bytes. */
function createChip() {
  const timers = createVirtualTimers()
  const { host, device } = createPortPair('chip')
  const chip = createPn532Simulator(device, { timers })
  let heard = ''
  host.onBytes((bytes) => {
    heard += toHex(bytes)
  })
  const say = async (bytes: Uint8Array): Promise<string> => {
    heard = ''
    await host.write(bytes)
    await timers.advance(1)
    return heard
  }
  const command = (hex: string): Promise<string> => say(encodeFrame(Tfi.toChip, fromHex(hex)))
  return { chip, say, command, timers }
}

t.test('the chip sleeps until the wake-up and the SAM configuration', async (t) => {
  const { command, say } = createChip()
  t.equal(await command(SAM_CONFIGURATION), '')
  await say(fromHex('5555'))
  t.equal(await command(GET_FIRMWARE), '', 'low-battery mode')
  t.equal(await command(SAM_CONFIGURATION), `${ACK}0000ff02fed5151600`)
  t.equal(await command(GET_FIRMWARE), ACK + FIRMWARE_ANSWER)
})

t.test('the commands that other clients need are answered', async (t) => {
  const { chip, command, say } = createChip()
  await say(fromHex('5555'))
  await command(SAM_CONFIGURATION)
  for (const [what, asked, answer] of [
    ['Diagnose: communication', '00006c6962', '01006c6962'],
    ['Diagnose: RAM', '0002', '0100'],
    ['GetGeneralStatus', '04', '0500010080'],
    ['ReadRegister, two of them', '0663026303', '078080'],
    ['WriteRegister', '0863028000', '09'],
    ['SetParameters', '1204', '13'],
    ['RFConfiguration', '320101', '33'],
    ['PowerDown', '1620', '1700'],
  ] as const) {
    const frame = toHex(encodeFrame(Tfi.toHost, fromHex(answer)))
    t.equal(await command(asked), ACK + frame, what)
  }
  t.equal(await command('99'), `${ACK}0000ff01ff7f8100`, 'unknown: error frame')
  t.equal(chip.commands, 10)
})

t.test(
  'a NACK brings the last answer again; broken frames and other hosts bring nothing',
  async (t) => {
    const { command, say } = createChip()
    await say(fromHex('5555'))
    await command(SAM_CONFIGURATION)
    await command(GET_FIRMWARE)
    t.equal(await say(fromHex('0000ffff0000')), FIRMWARE_ANSWER)
    t.equal(await say(fromHex(ACK)), '')
    t.equal(await say(encodeFrame(Tfi.toChip, fromHex('02')).with(6, 0x03)), '')
    t.equal(await say(encodeFrame(Tfi.toHost, fromHex('02'))), '')
  },
)

t.test('a frame that breaks off is forgotten when the line is silent', async (t) => {
  const { command, say, timers } = createChip()
  await say(fromHex('5555'))
  await command(SAM_CONFIGURATION)
  t.equal(await say(fromHex('0000fffd03d4')), '')
  await timers.advance(30)
  t.equal(await command(GET_FIRMWARE), ACK + FIRMWARE_ANSWER)
})

t.test('a late answer comes ahead of the next ACK, and a closed chip says no more', async (t) => {
  const { chip, command, say } = createChip()
  await say(fromHex('5555'))
  await command(SAM_CONFIGURATION)
  chip.inject('late-answer')
  t.equal(await command(GET_FIRMWARE), ACK)
  const echo = toHex(concat(encodeFrame(Tfi.toHost, fromHex('010055'))))
  t.equal(await command('000055'), FIRMWARE_ANSWER + ACK + echo)
  chip.close()
  t.equal(await command(GET_FIRMWARE), '')
})
