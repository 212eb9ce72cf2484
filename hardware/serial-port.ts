import type { SerialPort } from 'serialport'
import { PersonhoodError } from '../protocol/errors.ts'
import { openingError } from './opening-error.ts'
import { type BytePort, createPortEvents, unplugged } from './port.ts'

/** A serial device by its path (best its stable name under /dev/serial/by-id) and line speed. */
export type SerialSettings = { readonly path: string; readonly baud: number }

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
