import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { openSerialPort } from '../../../hardware/serial-port.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import type { Role } from '../scenario.ts'
import { configuredPath, stableNameOf, type UnitName, USB_KIND } from './cables.ts'
import { layOnMachine, type Machine, type Shown } from './on-machine.ts'
import type { Place, Wanted } from './place.ts'
import { realClock } from './real-clock.ts'
import { showTerminal } from './terminal.ts'

/** An emulated microcontroller takes a processor; the others mostly wait. */
const SIDE_BY_SIDE: Partial<Record<Role, number>> = { panel: 4 }
const OTHERS_SIDE_BY_SIDE = 12

/** Throws `device.no-terminals` where depth 2 cannot be played, and says what is missing. */
export function checkTerminals(): void {
  if (spawnSync('socat', ['-V']).status === 0) return
  throw new PersonhoodError(
    'device.no-terminals',
    'depth 2: socat, which makes pseudo-terminals, is not installed (sudo apt install socat)',
  )
}

/** Depth 2: pseudo-terminals, and the serialport library as it is shipped. */
export function terminalPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'hil-'))
  let runs = 0
  return {
    depth: 2,
    sideBySide: (role) => SIDE_BY_SIDE[role] ?? OTHERS_SIDE_BY_SIDE,
    createClock: realClock,
    lay: async (wanted) => layOnMachine(wanted, terminalMachine(wanted, join(folder, `${++runs}`))),
    end: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Nodes of a run as links in front of a name of its own; names as udev gives them are mapped to them. */
function terminalMachine(wanted: Wanted, prefix: string): Machine {
  const units = new Map<string, UnitName>()
  const all: Shown[] = []
  const fileOf = (node: string): string => `${prefix}-${basename(node)}`
  const nodeAt = (path: string): string | undefined =>
    units.has(path) ? path : [...units].find(([, name]) => stableNameOf(name) === path)?.[0]
  return {
    path: configuredPath(wanted),
    show: async (node, name) => {
      const shown = await showTerminal(fileOf(node))
      all.push(shown)
      units.set(node, name)
      return {
        port: shown.port,
        pull: async (isTold) => {
          units.delete(node)
          await shown.pull(isTold)
        },
      }
    },
    list: async () =>
      [...units].map(([node, name]) => ({
        node,
        names: [stableNameOf(name)],
        usb: { ...USB_KIND, serial: name },
      })),
    // A name without a node is a file that is not there, as on any machine.
    open: (path) => openSerialPort({ path: fileOf(nodeAt(path) ?? path), baud: wanted.baud }),
    unitAt: (path) => units.get(nodeAt(path) ?? path),
    end: async () => {
      for (const shown of all) await shown.pull(true)
    },
  }
}
