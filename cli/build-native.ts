/** Compiles biometrics/search/native into dist/native: run by `npm run build:native`, never needed. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Built files lie in dist/cli/, sources beside dist/.
const sources = fileURLToPath(new URL('../../biometrics/search/native/', import.meta.url))
const folder = fileURLToPath(new URL('../native/', import.meta.url))

const EX_UNAVAILABLE = 69
const EX_SOFTWARE = 70

/** Kernels by the instructions that they need; each is kernel.c compiled with these flags. */
const EVERYWHERE = { plain: [] }
const X64 = {
  avx512: [
    '-mavx512f',
    '-mavx512bw',
    '-mavx512vl',
    '-mavx512vbmi',
    '-mavx512vpopcntdq',
    ...['-mbmi2', '-mpopcnt'],
  ],
  avx2: ['-mavx2', '-mpopcnt'],
}
const kernels: Readonly<Record<string, readonly string[]>> =
  process.arch === 'x64' ? { ...EVERYWHERE, ...X64 } : EVERYWHERE

const FLAGS = [
  ...['-std=gnu11', '-O3', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'],
  // Vectors that are wider than the registers never leave a file.
  '-Wno-psabi',
]
// Node-API is in the process that loads the addon.
const LINK =
  process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']

const compiler = process.env['CC'] || 'cc'
if (spawnSync(compiler, ['--version']).status !== 0) {
  const what = `no C compiler (${compiler}): search stays with WebAssembly, which needs none`
  process.stderr.write(`${what}. Install gcc, or name one in CC.\n`)
  process.exit(EX_UNAVAILABLE)
}

mkdirSync(folder, { recursive: true })
const work = mkdtempSync(`${folder}build-`)
const isBuilt = build()
// A running process keeps the file that it has; it is replaced, not written to.
if (isBuilt) renameSync(`${work}/search.node`, `${folder}search.node`)
rmSync(work, { recursive: true, force: true })
process.exitCode = isBuilt ? 0 : EX_SOFTWARE

function build(): boolean {
  const names = Object.keys(kernels)
  const objects = ['addon', ...names].map((name) => `${work}/${name}.o`)
  return (
    compile('addon', [], `${work}/addon.o`) &&
    names.every((name) =>
      compile('kernel', [...(kernels[name] ?? []), ...namesOf(name)], `${work}/${name}.o`),
    ) &&
    run([...LINK, '-o', `${work}/search.node`, ...objects])
  )
}

function namesOf(kernel: string): readonly string[] {
  return [`-DKERNEL=kernel_${kernel}`, `-DINSTRUCTIONS="${kernel}"`]
}

function compile(source: string, flags: readonly string[], object: string): boolean {
  return run([...FLAGS, ...flags, '-c', `${sources}${source}.c`, '-o', object])
}

function run(args: readonly string[]): boolean {
  return spawnSync(compiler, args, { stdio: 'inherit' }).status === 0
}
