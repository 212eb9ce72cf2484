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
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  if (!exists) {
    return new PersonhoodError('device.missing', `${path} is not there: is it plugged in?`, {
      cause,
    })
  }
  const isOpenToUs = await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!isOpenToUs || /permission|EACCES/i.test(cause.message)) {
    return new PersonhoodError(
      'device.permission',
      `no right to open ${path}: add this account to the group dialout ` +
        '(sudo usermod -aG dialout $USER), then log in again',
      { cause },
    )
  }
  return unplugged(path, { cause })
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
