import { access } from 'node:fs/promises'

/** True where all of these files or folders are there. */
export function isThere(...paths: readonly string[]): Promise<boolean> {
  return Promise.all(paths.map((path) => access(path))).then(
    () => true,
    () => false,
  )
}
