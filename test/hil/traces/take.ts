import type { Device, Supervised } from '../../../firmware/device/supervisor.ts'
import { pause } from '../../../hardware/pause.ts'
import type { BytePort } from '../../../hardware/port.ts'
import { bytesOf, createRandom, type Random, seedOf } from '../../../hardware/sim/random.ts'
import type { VirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import type { Timers } from '../../../protocol/timers.ts'
import { type Peripheral, type Scene, wrong } from '../scenario.ts'

/** Where a take is played. */
export type TakeOptions<D extends Device, H> = {
  readonly peripheral: Peripheral<D, H>
  readonly scene: Scene<D, H>
  readonly seed: number
  readonly port: BytePort
  readonly timers: Timers
  /** Of the emulator; absent where a device or a trace is at the other end. */
  readonly hands?: H | undefined
  readonly random: Random
}

/** A scene is over by then, even where a person must act. */
export const TAKE_MS = 60_000

const STEP_MS = 5

/** Lets virtual time pass until the promise settles. */
export async function passTime<T>(timers: VirtualTimers, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const mark = (): void => {
    isSettled = true
  }
  promise.then(mark, mark)
  while (!isSettled) await timers.advance(STEP_MS)
  return await promise
}

/** The stream of chance of a scene, for hands and emulators; a driver draws from one of its own. */
export function randomOf(role: string, scene: string, seed: number): Random {
  return createRandom(seed, seedOf(`${role} ${scene}`))
}

/**
 * Plays a scene on the driver alone: no heartbeat and no reopening, so that what the driver says
 * depends on the device's answers only. Returns `done`, or the code of the error that ended it.
 */
export async function playTake<D extends Device, H>(options: TakeOptions<D, H>): Promise<string> {
  const { peripheral, scene, seed, port, timers, random, hands } = options
  const draw = bytesOf(createRandom(seed, seedOf(`${peripheral.role} ${scene.name} draw`)))
  const ending = new AbortController()
  const { signal } = ending
  const work = async (): Promise<void> => {
    const device = await peripheral.greet(port, timers, signal, draw)
    const bare: Supervised<D> = {
      state: { status: 'ready', name: peripheral.name, sentence: '' },
      use: (act) => act(device),
      close: () => device.close(),
    }
    const handsOf = (): H => {
      if (scene.needs.includes('hands') && hands !== undefined) return hands
      throw wrong(`"${scene.name}" needs hands, which nobody has here`)
    }
    await scene.play({ device: bare, hands: handsOf, timers, random, draw, signal })
    await device.close()
  }
  const patience = pause(timers, TAKE_MS, signal).then(() => {
    throw new PersonhoodError('device.timeout', `not done within ${TAKE_MS} ms`)
  })
  const running = work()
  try {
    await Promise.race([running, patience])
    return 'done'
  } catch (error) {
    if (error instanceof PersonhoodError) return error.code
    throw error
  } finally {
    ending.abort(new PersonhoodError('call.trace-ended', 'the take is over'))
    await Promise.allSettled([running, patience])
    await port.close().catch(() => undefined)
  }
}
