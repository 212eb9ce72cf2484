import { access, constants, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { PersonhoodError } from '../protocol/errors.ts'
import { unplugged } from './port.ts'

/** The typed error for a device file that would not open: what is wrong, and what to do about it. */
export async function openingError(path: string, cause: Error): Promise<PersonhoodError> {
  if (/cannot lock|EBUSY|busy/i.test(cause.message)) {
    const holder = (await findHolder(path)) ?? 'another program'
    return new PersonhoodError('device.busy', `${path} is held by ${holder}; end that first`, {
      cause,
    })
  }
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) {
    return new PersonhoodError('device.missing', `${path} is not there: is it plugged in?`, {
      cause,
    })
  }
  const isRefused = !(await isUsable(path)) || /permission|EACCES/i.test(cause.message)
  if (isRefused) {
    const fix = permissionFix(file, await groupName(file.gid))
    return new PersonhoodError('device.permission', `no right to open ${path}: ${fix}`, { cause })
  }
  return unplugged(path, { cause })
}

/** What gives this account the right to a device file; nothing where it has it. */
export async function accessFix(path: string): Promise<string | undefined> {
  if (await isUsable(path)) return undefined
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) return 'plug it in again'
  return permissionFix(file, await groupName(file.gid))
}

function isUsable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}

const GROUP_READ_WRITE = 0o060

/**
 * What gives an account the right to a device file of this mode: joining its group, or, where the
 * group has no right or is root's, our udev rules.
 */
export function permissionFix(file: { readonly mode: number }, group: string | undefined): string {
  const isGroupAllowed = (file.mode & GROUP_READ_WRITE) === GROUP_READ_WRITE
  if (group === undefined || group === 'root' || !isGroupAllowed) {
    return (
      `its group ${group ?? '(without a name)'} gives none; install the udev rules ` +
      '(sudo cp hardware/udev/70-personhood.rules /etc/udev/rules.d/ && sudo udevadm trigger)'
    )
  }
  return `add this account to the group ${group} (sudo usermod -aG ${group} $USER), then log in again`
}

/** The name of a group in /etc/group. */
async function groupName(gid: number): Promise<string | undefined> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '')
  return groups
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , id]) => id === String(gid))?.[0]
}

/** The process that has the file open, as far as /proc lets this account see. */
async function findHolder(path: string): Promise<string | undefined> {
  const file = await realpath(path).catch(() => path)
  const processes = await readdir('/proc').catch(() => [])
  for (const pid of processes.filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => undefined)
      if (target !== file) continue
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return `process ${pid} (${name.trim()})`
    }
  }
  return undefined
}
