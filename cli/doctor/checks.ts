import type { SearchBackend } from '../../runtime/search-backend.ts'
import { type GalleryFound, galleryFindings } from './gallery-findings.ts'
import { searchFindings } from './search-findings.ts'

/** What a check found: `ok`, `warn` (works, but look), `fail` (will not work). */
export type Finding = {
  readonly name: string
  readonly outcome: 'ok' | 'warn' | 'fail'
  readonly detail: string
  /** What to type or do about it. */
  readonly fix?: string
}

/** A device file: whether this process may use it, and if not, what gives it the right. */
export type DeviceAccess =
  | { readonly path: string; readonly isUsable: true }
  | { readonly path: string; readonly isUsable: false; readonly fix: string }

/** What the checks ask of the machine; the command gives the real ones. */
export type Machine = {
  readonly nodeVersion: string
  readonly platform: string
  readonly arch: string
  readonly nowUnix: number
  /** Loads a package; rejects where its prebuilt binary does not work here. */
  load(name: string): Promise<unknown>
  /** Free bytes of the file system of a folder. */
  freeBytes(folder: string): Promise<number>
  /** How templates are compared here, and what else was tried. */
  searchBackend(): Promise<SearchBackend>
  /** The gallery of the station whose data are in a folder. */
  gallery(folder: string): Promise<GalleryFound>
  /** Character devices that may be readers or camera heads, and whether this process may use them. */
  devices(): Promise<readonly DeviceAccess[]>
}

/** The oldest Node that the packages run on. */
const MIN_NODE: readonly [number, number] = [20, 19]
/** Before this build no valid time can lie (2026-01-01). */
const BUILD_FLOOR_UNIX = 1_767_225_600
const MIN_FREE_BYTES = 512 * 1024 * 1024

/** Binaries that come prebuilt in a package, and what stops without them. */
const PREBUILT: readonly (readonly [name: string, use: string, isNeeded: boolean])[] = [
  ['lmdb', 'the store of kiosk and gateway', true],
  ['serialport', 'camera head and card reader on serial ports', false],
  ['node-hid', 'operator keys; on Linux it wants libudev1', false],
]

/** Looks at everything that has kept a kiosk or gateway from starting. */
export async function examine(machine: Machine, folder: string): Promise<readonly Finding[]> {
  return [
    checkNode(machine),
    ...(await Promise.all(PREBUILT.map((row) => checkPrebuilt(machine, row)))),
    checkClock(machine),
    await checkDisk(machine, folder),
    ...searchFindings(await machine.searchBackend()),
    ...galleryFindings(await machine.gallery(folder)),
    ...(await checkDevices(machine)),
  ]
}

function checkNode({ nodeVersion, platform, arch }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
  const isNew = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])
  const detail = `${nodeVersion} on ${platform}/${arch}`
  if (isNew) return { name: 'node', outcome: 'ok', detail }
  return {
    name: 'node',
    outcome: 'fail',
    detail,
    fix: `install Node ${MIN_NODE.join('.')} or newer`,
  }
}

async function checkPrebuilt(
  machine: Machine,
  [name, use, isNeeded]: (typeof PREBUILT)[number],
): Promise<Finding> {
  try {
    await machine.load(name)
    return { name, outcome: 'ok', detail: use }
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    const fix = name === 'node-hid' ? 'sudo apt-get install libudev1' : 'npm ci --ignore-scripts'
    return { name, outcome: isNeeded ? 'fail' : 'warn', detail: `${use}: ${why}`, fix }
  }
}

function checkClock({ nowUnix }: Machine): Finding {
  const detail = new Date(nowUnix * 1000).toISOString()
  if (nowUnix >= BUILD_FLOOR_UNIX) return { name: 'clock', outcome: 'ok', detail }
  const fix = 'set the clock (timedatectl set-ntp true), or fit a battery clock'
  return { name: 'clock', outcome: 'fail', detail: `${detail} lies before this build`, fix }
}

async function checkDisk(machine: Machine, folder: string): Promise<Finding> {
  const free = await machine.freeBytes(folder)
  const detail = `${Math.floor(free / 1_048_576)} MiB free at ${folder}`
  if (free >= MIN_FREE_BYTES) return { name: 'disk', outcome: 'ok', detail }
  return {
    name: 'disk',
    outcome: 'warn',
    detail,
    fix: 'free some space: with less than 8 MiB nothing new is stored, and enrolments stop',
  }
}

async function checkDevices(machine: Machine): Promise<readonly Finding[]> {
  const devices = await machine.devices()
  if (devices.length === 0) {
    const detail = 'none found; the simulators need none'
    return [{ name: 'devices', outcome: 'ok', detail }]
  }
  return devices.map((device): Finding => {
    const { path } = device
    if (device.isUsable) return { name: 'devices', outcome: 'ok', detail: path }
    const { fix } = device
    return { name: 'devices', outcome: 'warn', detail: `${path}: permission denied`, fix }
  })
}
