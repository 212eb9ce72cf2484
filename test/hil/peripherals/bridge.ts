import type { BytePort } from '../../../hardware/port.ts'

/** Joins an emulator's own port to the end of a cable, until the cable's end closes. */
export function bridge(inner: BytePort, cable: BytePort): void {
  const stops = [
    inner.onBytes((bytes) => void cable.write(bytes).catch(() => undefined)),
    cable.onBytes((bytes) => void inner.write(bytes).catch(() => undefined)),
  ]
  cable.onClose(() => {
    for (const stop of stops) stop()
  })
}
