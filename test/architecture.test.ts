import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import t from 'tap'
import { importsOf, type SourceFile, sourceFiles } from './kit/sources.ts'

/** What each part may import (docs/architecture.md). */
const MAY_IMPORT: { readonly [part: string]: readonly string[] } = {
  protocol: [],
  biometrics: ['protocol'],
  hardware: ['protocol'],
  web: ['protocol'],
  runtime: ['protocol', 'biometrics'],
  firmware: ['protocol', 'biometrics', 'hardware', 'runtime', 'web'],
  gateway: ['protocol', 'biometrics', 'runtime', 'web'],
  cli: ['protocol', 'biometrics', 'hardware', 'runtime', 'web', 'firmware', 'gateway', 'bench'],
}
const PARTS = Object.keys(MAY_IMPORT)
/** The rig is shipped, and loaded by its command alone (decision 0020). */
const PLAYS_THE_RIG = /^cli\/hil\//
const IN_THE_RIG = /^(?:\.\.\/)+test\/hil\//
const MAX_LINES = 400

/** Dependencies that one file wraps, so that leaving one means changing one file. */
const WRAPPED_ONCE = [
  'serialport',
  'node-hid',
  'johnny-five',
  'firmata-io',
  'avr8js',
  'mqtt',
  'aedes',
  'lmdb',
  'smol-toml',
  'cbor-x',
]

/** Files without a test of their own name, each for its reason. */
const NEEDS_NO_TEST: { readonly [path: string]: string } = {
  'cli/main.ts': 'an entry point: it hands argv, environment and streams to cli/dispatch.ts',
  'cli/build-pages.ts': 'an entry point of the build',
  'cli/build-kernel.ts': 'an entry point of the build: test/biometrics/search runs what it makes',
  'cli/build-cddl.ts': 'an entry point: what it writes is held by test/protocol/cddl.test.ts',
}

const SOURCES = sourceFiles(PARTS)
const EVERYTHING = [...SOURCES, ...sourceFiles(['bench', 'test'])]

function partOf(path: string): string {
  return path.split('/', 1)[0] ?? ''
}

/** Imports of a file as [what is written, the part it lies in, or undefined for a package]. */
function targets(
  file: SourceFile,
): readonly (readonly [written: string, part: string | undefined])[] {
  return importsOf(file).map((written) => {
    if (!written.startsWith('.')) return [written, undefined]
    return [written, partOf(posix.join(posix.dirname(file.path), written))]
  })
}

function offences(
  files: readonly SourceFile[],
  isWrong: (written: string, part: string | undefined, file: SourceFile) => boolean,
): readonly string[] {
  return files.flatMap((file) =>
    targets(file)
      .filter(([written, part]) => isWrong(written, part, file))
      .map(([written]) => `${file.path} imports ${written}`),
  )
}

t.test('the walk sees the files and their imports', async (t) => {
  const credential = SOURCES.find(({ path }) => path === 'protocol/credential.ts')
  if (credential === undefined) throw new Error('no protocol/credential.ts')
  t.same(
    ['./schema.ts', '@noble/hashes/sha2.js'].filter(
      (name) => !importsOf(credential).includes(name),
    ),
    [],
  )
  const forms =
    "import a from 'a'\nimport 'b'\nawait import('c')\nexport type { D } from 'd'\n// from 'e'"
  t.same([...importsOf({ path: '', text: forms })].sort(), ['a', 'b', 'c', 'd'])
  t.ok(SOURCES.length > 50)
})

t.test('imports flow one way', async (t) => {
  const wrong = offences(SOURCES, (written, part, { path }) => {
    const own = partOf(path)
    if (PLAYS_THE_RIG.test(path) && IN_THE_RIG.test(written)) return false
    return part !== undefined && part !== own && !MAY_IMPORT[own]?.includes(part)
  })
  t.same(wrong, [])
})

t.test('protocol and biometrics are pure, and pages run in a browser', async (t) => {
  const pure = SOURCES.filter(({ path }) => /^(?:protocol|biometrics|web)\//.test(path))
  t.same(
    offences(pure, (written) => written.startsWith('node:')),
    [],
  )
  const protocol = SOURCES.filter(({ path }) => path.startsWith('protocol/'))
  const foreign = offences(
    protocol,
    (written, part) => part === undefined && !/^(?:@noble\/|cbor-x$)/.test(written),
  )
  t.same(foreign, [])
  // A clock, randomness or a timer would come in as globals, without an import.
  const ambient =
    /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|process\.|getRandomValues|console\.|Buffer\b)/
  const files = pure.filter(({ path }) => !path.startsWith('web/'))
  t.same(
    files.filter(({ text }) => ambient.test(text)).map(({ path }) => path),
    [],
  )
})

t.test('no driver reads the time of day, which may step', async (t) => {
  const drivers = SOURCES.filter(({ path }) => path.startsWith('hardware/'))
  t.ok(drivers.length > 50)
  t.same(
    drivers.filter(({ text }) => /\bDate\b/.test(text)).map(({ path }) => path),
    [],
  )
})

t.test('each of these dependencies is wrapped in one file', async (t) => {
  for (const name of WRAPPED_ONCE) {
    const users = SOURCES.filter((file) =>
      importsOf(file).some((written) => written === name || written.startsWith(`${name}/`)),
    )
    t.ok(users.length <= 1, `${name}: ${users.map(({ path }) => path).join(', ')}`)
  }
})

t.test('no file is longer than 400 lines', async (t) => {
  const long = EVERYTHING.map(({ path, text }) => [path, text.split('\n').length - 1] as const)
  t.same(
    long.filter(([, lines]) => lines > MAX_LINES),
    [],
  )
})

t.test('no file only passes on what others export', async (t) => {
  const passing = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s+(?:as\s+\w+\s+)?from\b/m
  t.same(
    EVERYTHING.filter(({ text }) => passing.test(text)).map(({ path }) => path),
    [],
  )
})

t.test('files and folders are named in kebab-case', async (t) => {
  const kebab = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?(?:\.d)?\.ts$/
  t.same(
    EVERYTHING.filter(({ path }) => !kebab.test(path)).map(({ path }) => path),
    [],
  )
})

t.test(
  'a comment cites only what a reader has: standards, and documents of this repository',
  async (t) => {
    const absent = /\b(?:DESIGN|STYLE)\b|\b(?:people|relay|search|trust|devices|systems|finger) §/
    t.same(
      EVERYTHING.filter(
        ({ path, text }) => path !== 'test/architecture.test.ts' && absent.test(text),
      ).map(({ path }) => path),
      [],
    )
  },
)

t.test('every source file has a test of its name', async (t) => {
  const missing = SOURCES.map(({ path }) => path).filter(
    (path) =>
      !existsSync(`test/${path.replace(/\.ts$/, '.test.ts')}`) &&
      NEEDS_NO_TEST[path] === undefined &&
      !hasTypesOnly(path),
  )
  t.same(missing.filter(isHeld), [])
  // The other parts are reported while they are still being written.
  for (const path of missing) t.comment(`no test of its own: ${path}`)
})

/** Parts of which the rule is kept already. */
function isHeld(path: string): boolean {
  return path.startsWith('protocol/')
}

/** True when nothing is left of the file in JavaScript. */
function hasTypesOnly(path: string): boolean {
  const built = `dist/${path.replace(/\.ts$/, '.js')}`
  if (!existsSync(built)) return false
  const code = readFileSync(built, 'utf8')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return code.replaceAll(/\s|export \{\};?/g, '') === ''
}
