import { randomBytes } from 'node:crypto'
import { openSecurityKey, type SecurityKey } from '../../../hardware/fido/security-key.ts'
import {
  createKeySimulator,
  type KeySimulator,
  type KeySimulatorOptions,
} from '../../../hardware/fido/simulator.ts'
import { createPortPair, type PortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers, type VirtualTimers } from '../../../hardware/sim/virtual-timers.ts'

/** A virtual key on an in-process port, under virtual time. */
export type KeyBench = PortPair & {
  readonly timers: VirtualTimers
  readonly simulator: KeySimulator
  /** Lets time pass until the promise has settled; a finger comes when the key waits for one. */
  until<T>(promise: Promise<T>, touchAfterMs?: number): Promise<T>
  open(): Promise<SecurityKey>
}

export const random = (lengthBytes: number): Uint8Array => Uint8Array.from(randomBytes(lengthBytes))

export function createKeyBench(options: KeySimulatorOptions = {}): KeyBench {
  const timers = createVirtualTimers()
  const pair = createPortPair('key')
  const simulator = createKeySimulator(pair.device, { ...options, timers })
  const until = async <T>(promise: Promise<T>, touchAfterMs = 250): Promise<T> => {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    let waitedMs = 0
    while (!isSettled) {
      await timers.advance(50)
      waitedMs = simulator.isWaiting ? waitedMs + 50 : 0
      if (waitedMs >= touchAfterMs) simulator.touch()
    }
    return promise
  }
  return {
    ...pair,
    timers,
    simulator,
    until,
    open: () => until(openSecurityKey(pair.host, { random, timers })),
  }
}
