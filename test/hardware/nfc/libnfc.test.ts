import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { createPn532Simulator } from '../../../hardware/nfc/simulator.ts'
import { createNtag216, type VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { type BytePort, createPortEvents } from '../../../hardware/port.ts'
import { fromHex } from '../../../protocol/bytes.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'

const CLIENT_DEADLINE_MS = 15_000
const TTY_TURNS = 2000

// An independent client, not written here, over a real pseudo-terminal.
const missing = ['nfc-list', 'socat'].filter((tool) => spawnSync('which', [tool]).status !== 0)
const skip = missing.length > 0 ? `${missing.join(' and ')} not installed` : false

/** A port on the standard streams of socat, which joins them to a pseudo-terminal. */
function portOf(socat: ChildProcessWithoutNullStreams): BytePort {
  const events = createPortEvents('pty')
  socat.stdout.on('data', (bytes: Uint8Array) => events.deliver(Uint8Array.from(bytes)))
  socat.on('exit', () => events.end(undefined))
  return {
    name: 'pty',
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (bytes) => void socat.stdin.write(bytes),
    close: async () => void socat.kill(),
  }
}

/** What `nfc-list -v` prints with these cards in the virtual field. */
async function list(...cards: readonly VirtualCard[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nfc-'))
  const tty = join(folder, 'tty')
  const socat = spawn('socat', [`pty,rawer,link=${tty}`, '-'])
  const chip = createPn532Simulator(portOf(socat))
  for (const card of cards) chip.place(card)
  try {
    for (let turn = 0; !existsSync(tty) && turn < TTY_TURNS; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const { stdout } = await promisify(execFile)('nfc-list', ['-v'], {
      env: { ...process.env, LIBNFC_DEVICE: `pn532_uart:${tty}`, LIBNFC_AUTO_SCAN: 'false' },
      timeout: CLIENT_DEADLINE_MS,
    })
    return stdout
  } finally {
    chip.close()
    socat.kill()
    await rm(folder, { recursive: true })
  }
}

t.test('libnfc opens the virtual PN532 and finds the virtual NTAG 424 DNA', { skip }, async (t) => {
  const told = await list(createNtag424({ uid: CARD_UID }))
  t.match(told, /NFC device: .* opened/)
  t.match(told, /ATQA \(SENS_RES\): 03 {2}44/)
  t.match(told, /UID \(NFCID1\): 04 {2}de {2}5f {2}1e {2}ac {2}c0 {2}40/)
  t.match(told, /SAK \(SEL_RES\): 20/)
  t.match(told, /ATS: 77 {2}77 {2}71 {2}02 {2}80/)
})

t.test('libnfc finds a card without layer four, and an empty field empty', { skip }, async (t) => {
  const told = await list(createNtag216(fromHex('04a1b2c3d4e580')))
  t.match(told, /1 ISO14443A passive target\(s\) found/)
  t.match(told, /UID \(NFCID1\): 04 {2}a1 {2}b2 {2}c3 {2}d4 {2}e5 {2}80/)
  t.match(told, /SAK \(SEL_RES\): 00/)
  t.match(await list(), /0 ISO14443A passive target\(s\) found/)
})
