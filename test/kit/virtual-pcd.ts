import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { concat } from '../../protocol/bytes.ts'
import { notInstalled } from './pn532-terminal.ts'
import { until } from './terminals.ts'

const PCSCD = '/usr/sbin/pcscd'
const VPCD = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so'
const CLIENT_DEADLINE_MS = 15_000

/** Why there is no virtual terminal for smart cards here, or false. */
export const noSmartCards: string | false =
  notInstalled('opensc-tool', PCSCD) ||
  (!existsSync(VPCD) && 'vsmartcard-vpcd not installed') ||
  (process.getuid?.() !== 0 && 'pcscd keeps a file in /run/pcscd, for root alone')

/** Control bytes of a virtual PCD: a message of one byte is one of them, others are APDUs. */
export const Control = { off: 0, on: 1, reset: 2, askAtr: 4 } as const

/** Two virtual cards in a PC/SC daemon of the test's own. */
export type SmartCards = {
  /** What opensc-tool prints of the card in this slot. */
  tool(slot: 0 | 1, ...args: readonly string[]): Promise<string>
  /** Control bytes that each slot has seen. */
  readonly controls: readonly (readonly number[])[]
}

/**
 * A PC/SC daemon on a socket of its own, with a card in each of the two slots of its virtual reader;
 * ends with the test. The reader calls us, at two ports that follow one another.
 */
export async function smartCards(
  t: { teardown(action: () => Promise<void>): void },
  cards: readonly [VirtualCard, VirtualCard],
): Promise<SmartCards> {
  const folder = await mkdtemp(join(tmpdir(), 'pcsc-'))
  const [path, config] = [join(folder, 'socket'), join(folder, 'reader.conf')]
  const controls: number[][] = [[], []]
  const sockets = new Set<Socket>()
  const servers = await listenSideBySide((slot, socket) => {
    sockets.add(socket)
    insert(cards[slot], socket, (control) => controls[slot]?.push(control))
  })
  const port = `0x${(servers[0].address() as AddressInfo).port.toString(16)}`
  await writeFile(
    config,
    `FRIENDLYNAME "Virtual PCD"\nDEVICENAME 127.0.0.1:${port}\nLIBPATH ${VPCD}\nCHANNELID ${port}\n`,
  )
  const wrapper = [
    'test/certification/activate.py',
    path,
    PCSCD,
    '--foreground',
    '--config',
    config,
  ]
  const daemon = spawn('/usr/bin/python3', wrapper, { stdio: 'ignore' })
  const ended = once(daemon, 'exit')
  t.teardown(async () => {
    daemon.kill()
    await ended
    for (const socket of sockets) socket.destroy()
    for (const server of servers) server.close()
    await rm(folder, { recursive: true })
  })
  const env = { ...process.env, PCSCLITE_CSOCK_NAME: path }
  const run = async (...args: readonly string[]): Promise<string> => {
    const options = { env, timeout: CLIENT_DEADLINE_MS }
    return (await promisify(execFile)('opensc-tool', [...args], options)).stdout
  }
  await until(() => existsSync(path))
  await until(async () => (await run('--list-readers')).match(/Yes/g)?.length === cards.length)
  return { tool: (slot, ...args) => run('--reader', String(slot), ...args), controls }
}

/** The card behind one slot: two bytes of length before each message, either way. */
function insert(card: VirtualCard, socket: Socket, onControl: (control: number) => void): void {
  let rest = Buffer.alloc(0)
  const answer = (bytes: Uint8Array): void =>
    void socket.write(concat(Uint8Array.of(bytes.length >> 8, bytes.length), bytes))
  const take = (message: Uint8Array): void => {
    const [control] = message
    if (message.length !== 1 || control === undefined) {
      // Status 6F00: the terminal has nothing else for a card that is silent.
      answer(card.exchange(message) ?? Uint8Array.of(0x6f, 0x00))
      return
    }
    onControl(control)
    if (control === Control.askAtr) answer(atrOf(card))
    else card.reset()
  }
  socket.on('error', () => undefined)
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE()) {
      const end = 2 + rest.readUInt16BE()
      take(Uint8Array.from(rest.subarray(2, end)))
      rest = rest.subarray(end)
    }
  })
}

/**
 * What a PC/SC terminal makes of a contactless card's ATS (PC/SC part 3 §3.1.3.2.3.1): its historical
 * bytes, behind T=0 and T=1.
 */
export function atrOf({ ats }: Pick<VirtualCard, 'ats'>): Uint8Array {
  // ISO/IEC 14443-4 §5.2: TL, T0, then TA, TB and TC where bits 5 to 7 of T0 say so.
  const format = ats[1] ?? 0
  const interfaceBytes = [0x10, 0x20, 0x40].filter((bit) => (format & bit) !== 0).length
  const historical = ats.slice(2 + interfaceBytes)
  const body = concat(Uint8Array.of(0x80 | historical.length, 0x80, 0x01), historical)
  const check = body.reduce((x, y) => x ^ y, 0)
  return concat(Uint8Array.of(0x3b), body, Uint8Array.of(check))
}

/** Servers for two slots: the reader's second slot calls the port after the first's. */
async function listenSideBySide(
  onCall: (slot: 0 | 1, socket: Socket) => void,
): Promise<readonly [Server, Server]> {
  for (let tries = 1; ; tries++) {
    const first = createServer((socket) => onCall(0, socket))
    const second = createServer((socket) => onCall(1, socket))
    try {
      await listen(first, 0)
      await listen(second, (first.address() as AddressInfo).port + 1)
      return [first, second]
    } catch (error) {
      first.close()
      if (tries === 20) throw error
    }
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
