import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One TypeScript file of this repository: its path from the root, in posix form, and its text. */
export type SourceFile = { readonly path: string; readonly text: string }

/** All .ts files below some folders of the root. */
export function sourceFiles(folders: readonly string[]): readonly SourceFile[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => path.endsWith('.ts') && !path.split(/[\\/]/).includes('node_modules'))
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** What a file imports, statically or not: module names and relative paths as they are written. */
export function importsOf({ text }: SourceFile): readonly string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  const forms = [
    /\bfrom\s+'([^'\n]+)'/g,
    /^\s*import\s+'([^'\n]+)'/gm,
    /\bimport\(\s*'([^'\n]+)'/g,
    /\brequire\(\s*'([^'\n]+)'/g,
  ]
  return forms.flatMap((form) => [...code.matchAll(form)].map((found) => found[1] ?? ''))
}
