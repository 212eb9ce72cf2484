import { exitOf } from './exit-of.ts'
import { type Command, Exit, type Io } from './io.ts'

/** Runs the command that `args` names; errors become one sentence on stderr and an exit code. */
export async function dispatch(
  commands: readonly Command[],
  version: string,
  args: readonly string[],
  io: Io,
): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) {
    io.stderr(overview(commands))
    return Exit.usage
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const wanted = commands.find((command) => command.name === rest[0])
    io.stdout(wanted?.help ?? overview(commands))
    return Exit.ok
  }
  if (name === '--version' || name === '-V') {
    io.stdout(`personhood ${version}\n`)
    return Exit.ok
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) {
    io.stderr(
      `personhood: there is no command "${name}"${suggestion(name, commands)}\n${overview(commands)}`,
    )
    return Exit.usage
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout(command.help)
    return Exit.ok
  }
  try {
    return await command.run(rest, io)
  } catch (error) {
    const { code, sentence } = exitOf(error)
    io.stderr(`personhood ${name}: ${sentence}\n`)
    return code
  }
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `One person, one credential, checked between districts without a central register.

Usage: personhood COMMAND [options]

${rows.join('\n')}

  personhood COMMAND --help tells more; --version prints the version.
Exit codes: 0 done, 1 a negative answer, 2 wrong usage, 65 bad data, 66 no input,
69 peer or device unavailable, 70 our fault, 74 I/O, 77 permission, 78 configuration, 130 interrupted.
`
}

function suggestion(name: string, commands: readonly Command[]): string {
  const near = commands.find((command) => command.name.startsWith(name.slice(0, 3)))
  return near === undefined ? '' : `; did you mean "${near.name}"?`
}
