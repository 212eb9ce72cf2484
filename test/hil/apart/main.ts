// A process of its own for scenes; on depth 3 the one to which the emulated nodes are
// the machine's.
import { hidrawPlace } from '../places/hidraw.ts'
import { IN_PROCESS } from '../places/in-process.ts'
import type { Place } from '../places/place.ts'
import { terminalPlace } from '../places/terminals.ts'
import { loadRig } from '../rig.ts'
import { runRig } from '../run-rig.ts'
import { type Asked, readEyes } from './play-apart.ts'

const { depth, file, name, options, roles, eyesFolder }: Asked = JSON.parse(process.argv[2] ?? '')
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort())
// Whoever started us has gone, or wants an end.
process.stdin.resume().on('end', () => ending.abort())

const { UMOCKDEV_DIR = '', HIDRAW_SOCKETS = '' } = process.env
async function placeOf(): Promise<Place> {
  if (depth === 1) return IN_PROCESS
  return depth === 2 ? terminalPlace() : await hidrawPlace(UMOCKDEV_DIR, HIDRAW_SOCKETS)
}
const eyes = eyesFolder === undefined ? undefined : await readEyes(eyesFolder)
const onProgress = (line: string): void => void process.stderr.write(`${line}\n`)
try {
  const rig = await loadRig(file, name)
  const all = { ...options, signal: ending.signal, onProgress, eyes }
  const report = await runRig(rig, all, await placeOf(), roles)
  process.stdout.write(JSON.stringify(report), () => process.exit(0))
} catch (error) {
  if (!ending.signal.aborted) throw error
  process.exit(130)
}
