import { readFileSync } from 'node:fs'

/** One row of hardware/pinmap.yaml. */
export type PinmapRow = Readonly<Record<string, string>>

/** The rows of one part of hardware/pinmap.yaml, which keeps to one flow mapping a line. */
export function pinmapRows(part: string): readonly PinmapRow[] {
  const lines = readFileSync('hardware/pinmap.yaml', 'utf8').split('\n')
  const start = lines.findIndex((line) => line.startsWith(`${part}:`))
  if (start === -1) throw new Error(`hardware/pinmap.yaml has no part ${part}`)
  const rows: PinmapRow[] = []
  for (const line of lines.slice(start + 1)) {
    const body = /^ {2}- \{ (.*) \}$/.exec(line)?.[1]
    if (body === undefined) break
    rows.push(
      Object.fromEntries(
        [...body.matchAll(/([a-z]+): (?:"([^"]*)"|([^,"]+))(?:, |$)/g)].map(
          ([, key = '', quoted, plain = '']) => [key, quoted ?? plain],
        ),
      ),
    )
  }
  return rows
}
