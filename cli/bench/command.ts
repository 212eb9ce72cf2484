import type { Command } from '../io.ts'
import { usageError } from '../usage.ts'
import { BYTES_HELP, benchBytes } from './bytes.ts'
import { benchCrash, CRASH_HELP } from './crash.ts'
import { benchLine, LINE_HELP } from './line.ts'
import { benchSearch, SEARCH_HELP } from './search.ts'
import { benchTap, TAP_HELP } from './tap.ts'

const HELP = [SEARCH_HELP, TAP_HELP, BYTES_HELP, LINE_HELP, CRASH_HELP].join('\n')

/** `personhood bench`. */
export const benchCommand: Command = {
  name: 'bench',
  summary: 'measure search, taps and bytes on this machine; kill and count',
  help: HELP,
  run(args, io) {
    const [verb, ...rest] = args
    if (verb === 'search') return benchSearch(rest, io)
    if (verb === 'tap') return benchTap(rest, io)
    if (verb === 'bytes') return benchBytes(rest, io)
    if (verb === 'line') return benchLine(rest, io)
    if (verb === 'crash') return benchCrash(rest, io)
    throw usageError(`say "bench search", "tap", "bytes", "line" or "crash"\n${HELP}`)
  },
}
