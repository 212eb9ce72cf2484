import { basename, relative } from 'node:path'

/** What to type to run the binary at `script` again from `cwd`: its name where it is installed. */
export function programName(script: string, cwd: string): string {
  return basename(script) === 'main.js' ? `node ${relative(cwd, script)}` : 'personhood'
}
