import { relative, resolve } from 'node:path'
import { createSystemClock } from '../../runtime/clock.ts'
import { type Command, Exit } from '../io.ts'
import { parseUsage, usageError } from '../usage.ts'
import { DEMO_DISTRICTS, openWorld } from './world.ts'

/** `personhood provision`. */
export const provisionCommand: Command = {
  name: 'provision',
  summary: 'make keys and configurations for two districts of demonstration',
  help: `personhood provision DIR
  Makes a demonstration world in DIR: root keys, two districts with a gateway and a kiosk each, their
  keys (mode 0600), configurations, and the trust list that names them. Prints the commands that run
  each station as a process of its own. A world that is there already is kept; a trust list that
  ends within 30 days is signed anew.
`,
  async run(args, io) {
    const { positionals } = parseUsage(args, {})
    const [folder, ...rest] = positionals
    if (folder === undefined || rest.length > 0) throw usageError('where? provision DIR')
    const { unix } = createSystemClock().now()
    const { gateways, kiosks } = await openWorld(resolve(io.cwd, folder), DEMO_DISTRICTS, unix)
    const show = (path: string) => relative(io.cwd, path) || '.'
    io.stderr('Run each of these in a terminal of its own:\n')
    for (const { config } of gateways) io.stdout(`${io.program} gateway --config ${show(config)}\n`)
    for (const { config } of kiosks) io.stdout(`${io.program} kiosk --config ${show(config)}\n`)
    return Exit.ok
  },
}
