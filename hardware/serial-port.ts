import { stat } from 'node:fs/promises'
import type { SerialPort } from 'serialport'
import { PersonhoodError } from '../protocol/errors.ts'
import { openingError } from './opening-error.ts'
import { type BytePort, createPortEvents, unplugged } from './port.ts'

/** A serial device by its path (best its stable name under /dev/serial/by-id) and line speed. */
export type SerialSettings = { readonly path: string; readonly baud: number }

/** Between two looks whether the node is still the one that was opened, in ms; two that miss it end the port. */
const WATCH_MS = 200
const MAX_MISSES = 2

/**
 * Opens a serial device with an exclusive lock. Rejects with `device.missing`, `device.permission`,
 * `device.busy` or `device.serial-unavailable`; later the port ends with `device.unplugged`.
 */
export async function openSerialPort({ path, baud }: SerialSettings): Promise<BytePort> {
  const serial = await createSerial(path, baud)
  const events = createPortEvents(path)
  serial.on('data', (bytes: Uint8Array) => events.deliver(bytes))
  serial.on('error', (cause: Error) => events.end(unplugged(path, { cause })))
  // An unplug arrives as `close` with `disconnected`, and no `error` (serialport 13).
  serial.on('close', (cause: Error | null) =>
    events.end(cause ? unplugged(path, { cause }) : undefined),
  )
  await settle((done) => serial.open(done)).catch(async (cause: Error) => {
    throw await openingError(path, cause)
  })
  const stopWatch = watchNode(path, await nodeAt(path), () => events.end(unplugged(path)))
  events.onClose(stopWatch)
  return {
    name: path,
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (bytes) => {
      if (events.ended) throw events.refusal()
      await withEnd(
        events,
        settle((done) => serial.write(bytes.slice(), undefined, done)),
      )
      await withEnd(
        events,
        settle((done) => serial.drain(done)),
      )
    },
    close: async () => {
      if (serial.isOpen) await settle((done) => serial.close(done))
      events.end(undefined)
    },
  }
}

/**
 * Calls back when another node, or none, is at the path: serialport 13 was seen to say nothing of a
 * pulled cable until the next write failed, but the node goes at once.
 */
function watchNode(path: string, opened: string | undefined, onGone: () => void): () => void {
  let misses = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const look = async (): Promise<void> => {
    misses = (await nodeAt(path)) === opened ? 0 : misses + 1
    if (isStopped) return
    if (misses === MAX_MISSES) return onGone()
    schedule()
  }
  const schedule = (): void => {
    timer = setTimeout(() => void look(), WATCH_MS).unref()
  }
  schedule()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}

/** Which node is at the path now. */
async function nodeAt(path: string): Promise<string | undefined> {
  return await stat(path).then(
    ({ dev, ino, rdev }) => `${dev} ${ino} ${rdev}`,
    () => undefined,
  )
}

async function createSerial(path: string, baud: number): Promise<SerialPort> {
  try {
    // Lazily: the native part is not needed by a gateway or a simulated kiosk.
    const { SerialPort } = await import('serialport')
    return new SerialPort({ path, baudRate: baud, autoOpen: false, lock: true })
  } catch (cause) {
    throw new PersonhoodError(
      'device.serial-unavailable',
      'the serialport library does not load on this machine',
      { cause },
    )
  }
}

function settle(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())))
}

/** A write under way when the device goes is never called back: the end of the port settles it. */
async function withEnd(
  events: ReturnType<typeof createPortEvents>,
  work: Promise<void>,
): Promise<void> {
  let stop = (): void => {}
  const ended = new Promise<never>((_, reject) => {
    stop = events.onClose(() => reject(events.refusal()))
  })
  try {
    await Promise.race([work, ended])
  } catch (cause) {
    throw events.ended ? events.refusal() : unplugged('serial device', { cause })
  } finally {
    stop()
  }
}
