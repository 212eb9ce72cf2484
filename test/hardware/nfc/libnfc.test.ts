import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { createPn532Simulator } from '../../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { type BytePort, createPortEvents } from '../../../hardware/port.ts'
import { equalBytes, fromHex } from '../../../protocol/bytes.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'

const CLIENT_DEADLINE_MS = 15_000
const TTY_TURNS = 2000

// An independent client, not written here, over a real pseudo-terminal.
const missing = ['nfc-list', 'nfc-mfultralight', 'socat'].filter(
  (tool) => spawnSync('which', [tool]).status !== 0,
)
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

/** What a program of libnfc prints with these cards in the virtual field. */
async function runWith(
  cards: readonly VirtualCard[],
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nfc-'))
  const tty = join(folder, 'tty')
  const socat = spawn('socat', [`pty,rawer,link=${tty}`, '-'])
  const chip = createPn532Simulator(portOf(socat))
  for (const card of cards) chip.place(card)
  try {
    for (let turn = 0; !existsSync(tty) && turn < TTY_TURNS; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const running = promisify(execFile)(program, [...args], {
      env: { ...process.env, LIBNFC_DEVICE: `pn532_uart:${tty}`, LIBNFC_AUTO_SCAN: 'false' },
      timeout: CLIENT_DEADLINE_MS,
    })
    // What it asks before it writes: one-time bits, locks, UID.
    running.child.stdin?.end('n\n'.repeat(4))
    const { stdout } = await running
    return stdout
  } finally {
    chip.close()
    socat.kill()
    await rm(folder, { recursive: true })
  }
}

function list(...cards: readonly VirtualCard[]): Promise<string> {
  return runWith(cards, 'nfc-list', '-v')
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

t.test('libnfc reads a whole virtual NTAG216 and writes another one alike', { skip }, async (t) => {
  const folder = t.testdir()
  const dump = join(folder, 'dump')
  const card = createNtag216(fromHex('04a1b2c3d4e580'))
  card.exchange(fromHex('a2040302cafe'))
  card.exchange(fromHex('a2e101020304'))
  const read = await runWith([card], 'nfc-mfultralight', 'r', dump, '--full')
  t.match(read, /NTAG216/)
  t.match(read, /231 of 231 pages/)
  t.ok(equalBytes(new Uint8Array(await readFile(dump)), unsecret(card.snapshot())))
  const copy = createNtag216(fromHex('04a1b2c3d4e580'))
  const written = await runWith([copy], 'nfc-mfultralight', 'w', dump)
  t.match(written, /226 of 231 pages written \(5 pages skipped, 0 pages failed\)/)
  const data = 4 * 4
  t.ok(equalBytes(copy.snapshot().slice(data, 4 * 0xe2), card.snapshot().slice(data, 4 * 0xe2)))
})

/** A dump as a reader sees it: password and its answer are zeros. */
function unsecret(pages: Uint8Array): Uint8Array {
  const shown = pages.slice()
  shown.fill(0, 4 * 0xe5)
  return shown
}
