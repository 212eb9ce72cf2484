import { access, constants, stat } from 'node:fs/promises'
import { PersonhoodError } from '../protocol/errors.ts'
import { unplugged } from './port.ts'

/** The typed error for a device file that would not open: what is wrong, and what to do about it. */
export async function openingError(path: string, cause: Error): Promise<PersonhoodError> {
  if (/cannot lock|EBUSY|busy/i.test(cause.message)) {
    return new PersonhoodError(
      'device.busy',
      `${path} is held by another program; end it (fuser ${path} names it)`,
      { cause },
    )
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
