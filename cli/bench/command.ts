import type { Command } from '../io.ts'
import { usageError } from '../usage.ts'
import { benchSearch, SEARCH_HELP } from './search.ts'
import { benchTap, TAP_HELP } from './tap.ts'

/** `personhood bench`. */
export const benchCommand: Command = {
  name: 'bench',
  summary: 'measure search and taps on this machine',
  help: `${SEARCH_HELP}
${TAP_HELP}`,
  run(args, io) {
    const [verb, ...rest] = args
    if (verb === 'search') return benchSearch(rest, io)
    if (verb === 'tap') return benchTap(rest, io)
    throw usageError(`say "bench search" or "bench tap"\n${SEARCH_HELP}\n${TAP_HELP}`)
  },
}
