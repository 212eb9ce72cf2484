import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of `test/vectors/`, read from the folder that the command was started in. */
export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(join('test', 'vectors', name), 'utf8')) as T
}
