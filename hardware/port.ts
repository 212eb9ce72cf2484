import { PersonhoodError } from '../protocol/errors.ts'

/**
 * A stream of bytes to and from one device. Bytes are copied on the way in and out; bytes that come
 * while nobody listens are lost, as on a serial line. A write settles when the bytes have left and
 * rejects with `device.unplugged` when the device has gone, or `call.port-closed` after our close.
 */
export type BytePort = {
  readonly name: string
  write(bytes: Uint8Array): Promise<void>
  /** Calls back with each run of bytes that arrives; returns the function that stops it. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void
  /** Calls back once, with the fault that ended the port or nothing after an orderly close. */
  onClose(listener: (reason: PersonhoodError | undefined) => void): () => void
  close(): Promise<void>
}

/** What an implementation of `BytePort` keeps: its listeners, and whether and why it has ended. */
export type PortEvents = Pick<BytePort, 'onBytes' | 'onClose'> & {
  /** Hands a copy of the bytes to each listener; nothing after the end. */
  deliver(bytes: Uint8Array): void
  /** Ends the port once; later calls change nothing. */
  end(reason: PersonhoodError | undefined): void
  readonly ended: boolean
  /** The error that a write must reject with once the port has ended. */
  refusal(): PersonhoodError
}

/** Listener bookkeeping for a port called `name`; a close listener added after the end still hears of it. */
export function createPortEvents(name: string): PortEvents {
  const bytesListeners = new Set<(bytes: Uint8Array) => void>()
  const closeListeners = new Set<(reason: PersonhoodError | undefined) => void>()
  let ending: { readonly reason: PersonhoodError | undefined } | undefined
  return {
    onBytes: (listener) => subscribe(bytesListeners, listener),
    onClose: (listener) => {
      const unsubscribe = subscribe(closeListeners, listener)
      if (ending !== undefined) {
        const { reason } = ending
        queueMicrotask(() => {
          if (closeListeners.delete(listener)) listener(reason)
        })
      }
      return unsubscribe
    },
    deliver: (bytes) => {
      if (ending !== undefined) return
      for (const listener of [...bytesListeners]) listener(bytes.slice())
    },
    end: (reason) => {
      if (ending !== undefined) return
      ending = { reason }
      const listeners = [...closeListeners]
      closeListeners.clear()
      bytesListeners.clear()
      for (const listener of listeners) listener(reason)
    },
    get ended() {
      return ending !== undefined
    },
    refusal: () =>
      ending?.reason ?? new PersonhoodError('call.port-closed', `${name} has been closed`),
  }
}

/** The error of a device that has gone: cable, power or the device itself. */
export function unplugged(name: string, options?: ErrorOptions): PersonhoodError {
  return new PersonhoodError(
    'device.unplugged',
    `${name} is gone: its cable or its power; plug it in again`,
    options,
  )
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
