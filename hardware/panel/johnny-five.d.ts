/** The part of johnny-five 2.1 and firmata-io 2.3 that the panel uses; they have no types of their own. */
declare module 'johnny-five' {
  import type { EventEmitter } from 'node:events'

  class Board extends EventEmitter {
    /** Runs from 'connect' to 'ready'. */
    readonly timer: NodeJS.Timeout | null
    constructor(options: {
      readonly io: object
      readonly repl: false
      readonly debug: false
      readonly sigint: false
      readonly timeout: number
    })
  }
  class Led {
    constructor(options: { readonly board: Board; readonly pin: number })
    brightness(value: number): this
  }
  class Button extends EventEmitter {
    constructor(options: { readonly board: Board; readonly pin: number; readonly isPullup: true })
  }
  const five: {
    readonly Board: typeof Board
    readonly Led: typeof Led
    readonly Button: typeof Button
  }
  export = five
}

declare module 'firmata-io' {
  import type { EventEmitter } from 'node:events'

  class Firmata extends EventEmitter {
    /** Runs until a version is reported. */
    readonly reportVersionTimeoutId: NodeJS.Timeout
    constructor(
      transport: EventEmitter,
      options: { readonly reportVersionTimeout: number },
      ready: (error?: Error) => void,
    )
    reportVersion(done: () => void): void
    queryFirmware(done: () => void): void
  }
  const bound: { readonly Firmata: typeof Firmata }
  export = bound
}
