import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import { Exit } from './io.ts'

const BY_PREFIX: readonly (readonly [string, Exit])[] = [
  ['call.usage', Exit.usage],
  ['call.aborted', Exit.interrupted],
  ['config', Exit.config],
  ['file.missing', Exit.noInput],
  ['file.damaged', Exit.dataError],
  ['file', Exit.ioError],
  ['store.busy', Exit.unavailable],
  ['store.unreachable', Exit.unavailable],
  ['store.denied', Exit.noPermission],
  ['store.key-permissions', Exit.noPermission],
  ['store', Exit.ioError],
  ['device.permission', Exit.noPermission],
  ['device', Exit.unavailable],
  ['card', Exit.unavailable],
  ['link', Exit.unavailable],
  ['bytes', Exit.dataError],
]

/** The exit code and the sentence for an error: what happened, and where we know it what to do. */
export function exitOf(error: unknown): { readonly code: number; readonly sentence: string } {
  if (error instanceof PersonhoodError) {
    const code = BY_PREFIX.find(([prefix]) => hasCode(error, prefix))?.[1] ?? Exit.software
    return { code, sentence: `${error.message} (${error.code})` }
  }
  if (isSystemError(error)) {
    const where = error.path === undefined ? '' : `${error.path}: `
    return {
      code: SYSTEM[error.code] ?? Exit.ioError,
      sentence: `${where}${SENTENCES[error.code] ?? error.message}`,
    }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    code: Exit.software,
    sentence: `a fault in personhood itself, please report it: ${text}`,
  }
}

type SystemError = Error & { readonly code: string; readonly path?: string }

const SYSTEM: Readonly<Record<string, Exit>> = {
  ENOENT: Exit.noInput,
  EISDIR: Exit.noInput,
  EACCES: Exit.noPermission,
  EPERM: Exit.noPermission,
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'is a folder; a file is wanted',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full; nothing already acknowledged is lost; free some space and start again',
}

function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    'syscall' in error &&
    'code' in error &&
    typeof error.code === 'string'
  )
}
