/** Shows how far a long task is; `end` leaves a clean line. */
export type Progress = {
  readonly show: (label: string, done: number, all: number) => void
  readonly end: () => void
}

const WIDTH = 30

/** A progress bar on a terminal, nothing elsewhere. */
export function progressBar(io: {
  readonly stderr: (text: string) => void
  readonly isTty: boolean
}): Progress {
  let shown = ''
  return {
    show(label, done, all) {
      if (!io.isTty) return
      const filled = Math.floor((WIDTH * done) / Math.max(1, all))
      const bar = '#'.repeat(filled) + '.'.repeat(WIDTH - filled)
      const line = `\r${label.padEnd(9)} [${bar}] ${done}/${all}`
      if (line === shown) return
      shown = line
      io.stderr(line)
    },
    end() {
      if (shown !== '') io.stderr('\r\u001b[K')
      shown = ''
    },
  }
}
