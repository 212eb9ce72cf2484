import { type ParseArgsConfig, parseArgs } from 'node:util'
import { PersonhoodError } from '../protocol/errors.ts'

/** An error of usage, with the sentence that says what to type instead. */
export function usageError(message: string): PersonhoodError {
  return new PersonhoodError('call.usage', message)
}

/** Options and positionals of a command line; unknown options throw `call.usage`. */
export function parseUsage<T extends ParseArgsConfig['options']>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error))
  }
}

/** The whole number in an option's text; throws `call.usage` outside its range. */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw usageError(`${name} is a whole number from ${least} to ${most}, not "${text}"`)
  }
  return value
}
