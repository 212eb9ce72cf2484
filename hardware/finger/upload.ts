import { concat } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { FrameChannel } from '../exchange.ts'
import { MAX_UPLOAD_BYTES } from './commands.ts'
import { type FingerFrame, Kind } from './frame.ts'

/** A packet of 256 bytes takes 46 ms at 57600 baud, and a module pauses for up to 100 ms. */
const GAP_MS = 500

/**
 * The data packets that follow what `begin` asks for, up to the last one; nothing where the line
 * fell silent before that, or where there were too many. Listens before it asks.
 */
export async function receiveUpload(
  channel: FrameChannel<FingerFrame>,
  timers: Timers,
  signal: AbortSignal | undefined,
  begin: () => Promise<void>,
): Promise<Uint8Array | undefined> {
  const packets: Uint8Array[] = []
  let length = 0
  const stops: (() => void)[] = []
  const whole = new Promise<Uint8Array | undefined>((resolve, reject) => {
    let cancel = (): void => {}
    const wait = (): void => {
      cancel()
      cancel = timers.after(GAP_MS, () => resolve(undefined))
    }
    const abort = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', abort)
    stops.push(
      () => cancel(),
      () => signal?.removeEventListener('abort', abort),
      channel.onClose((reason) =>
        reject(reason ?? new PersonhoodError('call.port-closed', `${channel.name} was closed`)),
      ),
      channel.onFrame(({ kind, payload }) => {
        if (kind === Kind.command) return
        wait()
        if (kind === Kind.answer) return
        length += payload.length
        if (length > MAX_UPLOAD_BYTES) return resolve(undefined)
        packets.push(payload)
        if (kind === Kind.end) resolve(concat(...packets))
      }),
    )
  })
  // An end before the answer to `begin` is told by `begin` itself.
  whole.catch(() => undefined)
  try {
    await begin()
    return await whole
  } finally {
    for (const stop of stops) stop()
  }
}
