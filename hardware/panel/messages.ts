import { PersonhoodError } from '../../protocol/errors.ts'
import type { PanelFrame } from './frame.ts'

/** What our messages are called (panel link §3). */
export const Command = {
  ring: 0x01,
  sound: 0x02,
  ping: 0x03,
  clearTamper: 0x04,
  watch: 0x05,
  done: 0x08,
  state: 0x09,
  guards: 0x0a,
} as const

/** How the ring moves (panel link §3.1); each is told from the others without its colour. */
export const RingPattern = {
  off: 0,
  steady: 1,
  breathe: 2,
  spin: 3,
  blink: 4,
  /** The first `level` lamps. */
  fill: 5,
  left: 6,
  right: 7,
  /** Opposite quarters in turn. */
  opposite: 8,
} as const

/** One of the patterns, by its name. */
export type RingPatternName = keyof typeof RingPattern

/** What the ring shows. */
export type RingShow = {
  readonly pattern: RingPatternName
  /** Red, green and blue, each 0..127. */
  readonly colour: readonly [red: number, green: number, blue: number]
  /** Of one repetition, 10..163,830 ms in steps of 10; default 1000. */
  readonly periodMs?: number
  /** Lamps that `fill` lights, 0..24. */
  readonly level?: number
}

/** One note: 100..8000 Hz, or 0 for a pause, and 10..1270 ms in steps of 10. */
export type Note = { readonly hertz: number; readonly ms: number }

/** What the panel guards. */
export type Guards = {
  readonly isDoorOpen: boolean
  readonly isLoopOpen: boolean
  /** The loop was found open at some time and nobody has cleared the mark since. */
  readonly isTampered: boolean
  /** Openings of the loop, modulo 16,384. */
  readonly tamperCount: number
}

/** Why the panel last started. */
export type PanelStart = 'power' | 'reset' | 'brown-out' | 'watchdog' | 'unknown'

/** The panel's answer to a ping (panel link §3.3). */
export type PanelState = {
  readonly uptimeS: number
  readonly start: PanelStart
  readonly guards: Guards
  /** It had heard nothing for its quiet time and had put its lamps out. */
  readonly wasQuiet: boolean
  readonly pattern: RingPatternName
  /** Messages and bytes that reached it spoiled, modulo 16,384. */
  readonly lineErrors: number
}

/** Lamps of the ring. */
export const RING_LAMPS = 24
/** Notes of the longest tune. */
export const MAX_NOTES = 12

const STARTS = ['power', 'reset', 'brown-out', 'watchdog', 'unknown'] as const
const STATE_BYTES = 11
const GUARDS_BYTES = 3

/** Payload of `ring` (panel link §3.1). */
export function encodeRing(show: RingShow): Uint8Array {
  const { colour, periodMs = 1000, level = 0 } = show
  const period = Math.round(periodMs / 10)
  const values = [...colour, level]
  if (!values.every((value) => isWithin(value, 0, 127)) || !isWithin(period, 1, 0x3f_ff)) {
    throw wrongCall(
      `the ring takes colours of 0..127 and 10..163830 ms, not ${values}, ${periodMs}`,
    )
  }
  if (level > RING_LAMPS) throw wrongCall(`the ring has ${RING_LAMPS} lamps, not ${level}`)
  return Uint8Array.of(RingPattern[show.pattern], ...colour, ...pair(period), level)
}

/** Payload of `sound` (panel link §3.2); no notes are silence. */
export function encodeSound(notes: readonly Note[]): Uint8Array {
  if (notes.length > MAX_NOTES) throw wrongCall(`a tune has ${MAX_NOTES} notes at most`)
  return Uint8Array.from(
    notes.flatMap(({ hertz, ms }) => {
      const length = Math.round(ms / 10)
      const isTone = hertz === 0 || isWithin(hertz, 100, 8000)
      if (!isTone || !isWithin(length, 1, 127)) {
        throw wrongCall(`a note has 100..8000 Hz and 10..1270 ms, not ${hertz} Hz, ${ms} ms`)
      }
      return [...pair(hertz), length]
    }),
  )
}

/** Payload of `clear-tamper` (panel link §3.4): the openings that whoever clears knows of. */
export function encodeClearTamper(tamperCount: number): Uint8Array {
  return Uint8Array.from(pair(tamperCount & 0x3f_ff))
}

/** Payload of `watch` (panel link §3.5), in seconds; 0 = never. */
export function encodeWatch(quietS: number, restartS: number): Uint8Array {
  if (!isWithin(quietS, 0, 127) || !isWithin(restartS, 0, 6000)) {
    throw wrongCall(`the watch takes 0..127 s and 0..6000 s, not ${quietS} s and ${restartS} s`)
  }
  return Uint8Array.of(quietS, ...pair(restartS))
}

/** The answer to a ping, or nothing where the payload is no such answer. */
export function readState({ command, payload }: PanelFrame): PanelState | undefined {
  if (command !== Command.state || payload.length !== STATE_BYTES) return undefined
  const at = (index: number): number => payload[index] ?? 0
  const start = STARTS[at(4)]
  const pattern = Object.entries(RingPattern).find(([, value]) => value === at(8))?.[0]
  if (start === undefined || pattern === undefined) return undefined
  return {
    uptimeS: at(0) + at(1) * 0x80 + at(2) * 0x40_00 + at(3) * 0x20_00_00,
    start,
    guards: guardsOf(at(5), at(6) + at(7) * 0x80),
    wasQuiet: (at(5) & 0x08) !== 0,
    pattern: pattern as RingPatternName,
    lineErrors: at(9) + at(10) * 0x80,
  }
}

/** What the panel tells by itself when door or loop change. */
export function readGuards({ command, payload }: PanelFrame): Guards | undefined {
  if (command !== Command.guards || payload.length !== GUARDS_BYTES) return undefined
  const [bits = 0, low = 0, high = 0] = payload
  return guardsOf(bits, low + high * 0x80)
}

/** How a command ended (panel link §3). */
export type Outcome = 'done' | 'unknown' | 'wrong-length' | 'wrong-value' | 'stale'

const OUTCOMES: readonly Outcome[] = ['done', 'unknown', 'wrong-length', 'wrong-value', 'stale']

/** The command that the panel says it is through with, and how. */
export function readDone({
  command,
  payload,
}: PanelFrame): { readonly command: number; readonly outcome: Outcome } | undefined {
  const outcome = OUTCOMES[payload[1] ?? -1]
  if (command !== Command.done || payload.length !== 2 || outcome === undefined) return undefined
  return { command: payload[0] ?? 0, outcome }
}

function guardsOf(bits: number, tamperCount: number): Guards {
  return {
    isDoorOpen: (bits & 0x01) !== 0,
    isLoopOpen: (bits & 0x02) !== 0,
    isTampered: (bits & 0x04) !== 0,
    tamperCount,
  }
}

/** Fourteen bits as two bytes of seven, the low ones first. */
function pair(value: number): readonly [number, number] {
  return [value & 0x7f, (value >> 7) & 0x7f]
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}

function wrongCall(message: string): PersonhoodError {
  return new PersonhoodError('call.panel-value', message)
}
