import type { EventEmitter } from 'node:events'
import type { HIDAsync } from 'node-hid'
import { concat } from '../protocol/bytes.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { openingError } from './opening-error.ts'
import { type BytePort, createPortEvents, unplugged } from './port.ts'

/** Reports of at most this many bytes are written; USB HID full speed carries 64. */
const MAX_REPORT_BYTES = 64

/** The part of node-hid that a port needs; loaded on first use, since it wants libudev. */
export type HidLibrary = {
  devicesAsync(): Promise<
    readonly {
      readonly path?: string | undefined
      readonly vendorId: number
      readonly productId: number
      readonly serialNumber?: string | undefined
      readonly product?: string | undefined
      readonly usagePage?: number | undefined
    }[]
  >
  readonly HIDAsync: {
    open(path: string): Promise<Pick<HIDAsync, 'write' | 'close'> & Pick<EventEmitter, 'on'>>
  }
}

/** A HID device that is plugged in. */
export type HidDevice = {
  /** /dev/hidrawN: given out anew at each plugging, so never a name to keep. */
  readonly path: string
  readonly vendorId: number
  readonly productId: number
  /** Empty where the device has none. */
  readonly serial: string
  readonly product: string
}

/**
 * The devices of one usage page (HID Usage Tables §3), such as 0xF1D0 for FIDO security keys; each
 * path once. Rejects with `device.hid-unavailable` where the native library or libudev is absent.
 */
export async function listHidDevices(
  usagePage: number,
  load: () => Promise<HidLibrary> = () => import('node-hid'),
): Promise<readonly HidDevice[]> {
  const devices = await load()
    .then((library) => library.devicesAsync())
    .catch((cause: unknown) => {
      throw unavailable(cause)
    })
  const found = new Map<string, HidDevice>()
  for (const { path, vendorId, productId, serialNumber, product, ...device } of devices) {
    if (path === undefined || device.usagePage !== usagePage) continue
    const serial = serialNumber ?? ''
    found.set(path, { path, vendorId, productId, serial, product: product ?? '' })
  }
  return [...found.values()]
}

/**
 * Opens a HID device (/dev/hidrawN); each write is one unnumbered report, each run of bytes one
 * report. Rejects with `device.missing`, `device.permission`, `device.busy`, or with
 * `device.hid-unavailable` where the native library or libudev is absent.
 */
export async function openHidPort(
  path: string,
  load: () => Promise<HidLibrary> = () => import('node-hid'),
): Promise<BytePort> {
  const { HIDAsync: Hid } = await load().catch((cause: unknown) => {
    throw unavailable(cause)
  })
  const hid = await Hid.open(path).catch(async (cause: Error) => {
    throw isLibraryAbsent(cause) ? unavailable(cause) : await openingError(path, cause)
  })
  const events = createPortEvents(path)
  hid.on('data', (bytes: Uint8Array) => events.deliver(bytes))
  hid.on('error', (cause: Error) => events.end(unplugged(path, { cause })))
  return {
    name: path,
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (bytes) => {
      if (events.ended) throw events.refusal()
      if (bytes.length > MAX_REPORT_BYTES) {
        throw new PersonhoodError(
          'call.hid-report',
          `a report has at most ${MAX_REPORT_BYTES} bytes, not ${bytes.length}`,
        )
      }
      // hidraw takes the report's number first: 0 where reports are not numbered.
      await hid.write(Buffer.from(concat(Uint8Array.of(0), bytes))).catch((cause: Error) => {
        events.end(unplugged(path, { cause }))
        throw events.refusal()
      })
    },
    close: async () => {
      if (events.ended) return
      events.end(undefined)
      await hid.close()
    },
  }
}

function isLibraryAbsent(cause: Error): boolean {
  return /libudev|shared object|No native build|cannot open shared/i.test(cause.message)
}

function unavailable(cause: unknown): PersonhoodError {
  return new PersonhoodError(
    'device.hid-unavailable',
    'HID devices need the node-hid library and libudev (sudo apt install libudev1)',
    { cause },
  )
}
