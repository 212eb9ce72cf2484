import {
  AVRClock,
  AVREEPROM,
  AVRIOPort,
  AVRTimer,
  AVRUSART,
  AVRWatchdog,
  avrInstruction,
  CPU,
  portBConfig,
  portCConfig,
  portDConfig,
  timer0Config,
  timer1Config,
  timer2Config,
  usart0Config,
  watchdogConfig,
} from 'avr8js'
import { readIntelHex } from './intel-hex.ts'

/** Why a microcontroller starts. */
export type ResetCause = 'power' | 'watchdog'

const CLOCK_HZ = 16_000_000
const CYCLES_PER_MS = CLOCK_HZ / 1000
const FLASH_BYTES = 0x80_00
const SRAM_BYTES = 0x8_00
const MCUSR = 0x54
/** Bits of MCUSR (ATmega328P §15.9.1). */
const CAUSE_FLAG = { power: 0x01, watchdog: 0x08 } as const
const SLEEP = 0x95_88
/** rjmp to itself. */
const STUCK = 0xcf_ff
/** A pin that a timer drives changes at the right cycle, as do the bytes of the line. */
const FINE_SLEEP_CYCLES = 16
/** Nothing but the clock of a millisecond is under way: it may be 16 µs late. */
const COARSE_SLEEP_CYCLES = 256
/** Registers that tell whether a timer drives a pin, or bytes wait to be sent (ATmega328P §35). */
const TCCR0A = 0x44
const PWM_OUTPUTS = 0xf0
const TCCR1B = 0x81
const CLOCK_SELECT = 0x07
const UCSR0B = 0xc1
const SEND_INTERRUPT = 0x20
/** A pin without an edge for this long is steady. */
const STEADY_MS = 12

type Wave = { rise: number; fall: number; period: number; high: number }

/** Bytes of its EEPROM. */
export const EEPROM_BYTES = 1024

/** An ATmega328P at 16 MHz from one reset to the next; `eeprom` is changed in place. */
export class Microcontroller {
  readonly #cpu: CPU
  readonly #usart: AVRUSART
  readonly #ports: readonly [AVRIOPort, AVRIOPort, AVRIOPort]
  readonly #waves = new Map<number, Wave>()
  #sent: number[] = []
  #queue: number[] = []
  #goal = 0
  #isAsleep = false
  #isReset = false

  constructor(hex: string, eeprom: Uint8Array, cause: ResetCause) {
    const flash = readIntelHex(hex, FLASH_BYTES)
    const cpu = new CPU(new Uint16Array(flash.buffer), SRAM_BYTES)
    this.#cpu = cpu
    this.#ports = [
      new AVRIOPort(cpu, portDConfig),
      new AVRIOPort(cpu, portBConfig),
      new AVRIOPort(cpu, portCConfig),
    ]
    for (const config of [timer0Config, timer1Config, timer2Config]) new AVRTimer(cpu, config)
    new AVREEPROM(cpu, {
      readMemory: (at) => eeprom[at] ?? 0xff,
      // A write can only clear bits (ATmega328P §12.4).
      writeMemory: (at, value) => {
        eeprom[at] = (eeprom[at] ?? 0xff) & value
      },
      eraseMemory: (at) => {
        eeprom[at] = 0xff
      },
    })
    new AVRWatchdog(cpu, watchdogConfig, new AVRClock(cpu, CLOCK_HZ))
    this.#usart = new AVRUSART(cpu, usart0Config, CLOCK_HZ)
    this.#usart.onByteTransmit = (byte) => void this.#sent.push(byte)
    this.#usart.onRxComplete = () => this.#feed()
    cpu.data[MCUSR] = CAUSE_FLAG[cause]
    // A reset is a new life: whoever holds this one makes another.
    cpu.reset = () => {
      this.#isReset = true
    }
  }

  /** The watchdog has bitten; nothing runs any more. */
  get isReset(): boolean {
    return this.#isReset
  }

  /** Bytes for the serial line; they come in at its rate. */
  receive(bytes: Uint8Array): void {
    this.#queue.push(...bytes)
    this.#feed()
  }

  /** Runs for so long and returns what was sent meanwhile. */
  run(ms: number): Uint8Array {
    const cpu = this.#cpu
    this.#goal += ms * CYCLES_PER_MS
    if (!this.#usart.rxBusy) this.#feed()
    while (cpu.cycles < this.#goal && !this.#isReset) {
      if (this.#isAsleep) {
        this.#sleep()
        continue
      }
      const isSleep = cpu.progMem[cpu.pc] === SLEEP
      avrInstruction(cpu)
      const { pc } = cpu
      cpu.tick()
      // An interrupt that was due already has it awake again.
      this.#isAsleep = isSleep && cpu.pc === pc
    }
    const sent = Uint8Array.from(this.#sent)
    this.#sent = []
    return sent
  }

  setInput(pin: number, isHigh: boolean): void {
    this.#portOf(pin).setPin(bitOf(pin), isHigh)
  }

  /** Level of an output. */
  isHigh(pin: number): boolean {
    return this.#portOf(pin).pinState(bitOf(pin)) === 1
  }

  /** An output that pulls low, as an open drain does. */
  isPulledLow(pin: number): boolean {
    return this.#portOf(pin).pinState(bitOf(pin)) === 0
  }

  onEdge(pin: number, listener: (isHigh: boolean) => void): void {
    const mask = 1 << bitOf(pin)
    this.#portOf(pin).addListener((value, old) => {
      if (((value ^ old) & mask) !== 0) listener((value & mask) !== 0)
    })
  }

  /** Measures the pin from now on. */
  watch(pin: number): void {
    const never = Number.NEGATIVE_INFINITY
    const wave: Wave = { rise: never, fall: never, period: 0, high: 0 }
    this.#waves.set(pin, wave)
    this.onEdge(pin, (isHigh) => {
      const now = this.#cpu.cycles
      if (isHigh) {
        wave.period = now - wave.rise
        wave.rise = now
      } else {
        wave.high = now - wave.rise
        wave.fall = now
      }
    })
  }

  /** Share of the time that a watched pin is high, 0..1. */
  dutyOf(pin: number): number {
    const wave = this.#waves.get(pin)
    if (wave === undefined || this.#isSteady(wave)) return this.isHigh(pin) ? 1 : 0
    return wave.high / wave.period
  }

  /** Frequency at a watched pin in Hz, 0 where it is steady. */
  frequencyOf(pin: number): number {
    const wave = this.#waves.get(pin)
    return wave === undefined || this.#isSteady(wave) ? 0 : CLOCK_HZ / wave.period
  }

  /** The main loop gets stuck where it is; interrupts go on. */
  hang(): void {
    const last = this.#cpu.progMem.length - 1
    this.#cpu.progMem[last] = STUCK
    this.#cpu.pc = last
    this.#isAsleep = false
  }

  #isSteady({ rise, fall }: Wave): boolean {
    return this.#cpu.cycles - Math.max(rise, fall) > STEADY_MS * CYCLES_PER_MS
  }

  /** Time passes without instructions until an interrupt sends the program counter elsewhere. */
  #sleep(): void {
    const cpu = this.#cpu
    const { pc } = cpu
    cpu.cycles += this.#isBusyAsleep ? FINE_SLEEP_CYCLES : COARSE_SLEEP_CYCLES
    cpu.tick()
    if (cpu.pc !== pc) this.#isAsleep = false
  }

  get #isBusyAsleep(): boolean {
    const { data } = this.#cpu
    const isDriven = (register: number, mask: number): boolean =>
      ((data[register] ?? 0) & mask) !== 0
    return (
      this.#usart.rxBusy ||
      isDriven(UCSR0B, SEND_INTERRUPT) ||
      isDriven(TCCR1B, CLOCK_SELECT) ||
      isDriven(TCCR0A, PWM_OUTPUTS)
    )
  }

  #feed(): void {
    const [byte] = this.#queue
    if (byte === undefined) return
    // What comes before the firmware listens is lost, as on a real line.
    if (!this.#usart.rxEnable) this.#queue = []
    else if (this.#usart.writeByte(byte) === true) this.#queue.shift()
  }

  #portOf(pin: number): AVRIOPort {
    const [d, b, c] = this.#ports
    if (pin < 8) return d
    return pin < 14 ? b : c
  }
}

/** Firmata numbers: 0..7 = PD0..PD7, 8..13 = PB0..PB5, 14..19 = PC0..PC5. */
function bitOf(pin: number): number {
  if (pin < 8) return pin
  return pin < 14 ? pin - 8 : pin - 14
}
