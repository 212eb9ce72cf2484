/** What a command may touch of the process; `main.ts` alone reads the real ones. */
export type Io = {
  /** Data: what a pipe would want. */
  readonly stdout: (text: string) => void
  /** Talk: progress, warnings, help after a mistake. */
  readonly stderr: (text: string) => void
  /** True when stderr is a terminal: progress bars only there. */
  readonly isTty: boolean
  /** What is typed or piped in. */
  readonly stdin: NodeJS.ReadableStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** What to type to run this binary again from `cwd`. */
  readonly program: string
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
}

/**
 * Exit codes: 0 done, 1 a negative answer (as grep), 2 wrong usage; the others from sysexits.h:
 * bad data, missing input, unavailable peer or device, our own fault, I/O, permission, config; and
 * 130 where Ctrl-C ended a command before its answer, as a shell says it.
 */
export const Exit = {
  ok: 0,
  no: 1,
  usage: 2,
  dataError: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  ioError: 74,
  noPermission: 77,
  config: 78,
  interrupted: 130,
} as const

/** An exit code. */
export type Exit = (typeof Exit)[keyof typeof Exit]

/** One command of the binary. */
export type Command = {
  readonly name: string
  /** One line for the overview. */
  readonly summary: string
  /** Full help. */
  readonly help: string
  run(args: readonly string[], io: Io): Promise<number>
}
