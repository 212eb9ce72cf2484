import type { Command } from '../io.ts'
import { usageError } from '../usage.ts'
import { benchSearch, SEARCH_HELP } from './search.ts'

/** `personhood bench`. */
export const benchCommand: Command = {
  name: 'bench',
  summary: 'measure the search on this machine, against plain TypeScript in the same run',
  help: SEARCH_HELP,
  run(args, io) {
    const [verb, ...rest] = args
    if (verb === 'search') return benchSearch(rest, io)
    throw usageError(`say "bench search"\n${SEARCH_HELP}`)
  },
}
