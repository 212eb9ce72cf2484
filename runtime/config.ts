import { parse, TomlError } from 'smol-toml'
import { PersonhoodError } from '../protocol/errors.ts'
import type { Schema } from './config-schema.ts'

/** Largest configuration taken, in characters. */
const MAX_CONFIG_CHARS = 262_144

/**
 * Reads TOML into the type of a schema; `file` names it in messages. Throws `config.invalid` with
 * all problems at once, each with its path, or with line and column where it is no TOML.
 */
export function parseConfig<T>(toml: string, schema: Schema<T>, file: string): T {
  const problems: string[] = []
  const config = schema.read(parseToml(toml, file), '', (path, problem) => {
    problems.push(path === '' ? problem : `${path} ${problem}`)
  })
  if (problems.length > 0 || config === undefined) {
    throw new PersonhoodError('config.invalid', `${file}: ${problems.join('; ')}`)
  }
  return config
}

function parseToml(toml: string, file: string): unknown {
  if (toml.length > MAX_CONFIG_CHARS) {
    const message = `${file}: has ${toml.length} characters, at most ${MAX_CONFIG_CHARS} are read`
    throw new PersonhoodError('config.invalid', message)
  }
  try {
    return parse(toml)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const [reason = ''] = cause.message.split('\n')
    const message = `${file}:${cause.line}:${cause.column}: ${reason}`
    throw new PersonhoodError('config.invalid', message, { cause })
  }
}
