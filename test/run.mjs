// Builds, then runs tap on dist/test. With --ignore-scripts no hook runs, so this does what they would.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'

const root = new URL('..', import.meta.url).pathname
const bin = (name) => `${root}node_modules/.bin/${name}`

function run(command, args, env = {}) {
  const { status, signal } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (status !== 0) process.exit(status ?? (signal ? 1 : 0))
}

const args = process.argv.slice(2)
const full = args.includes('--full')
const files = args.filter((arg) => arg !== '--full')
// A test whose source is gone must not run from an old build.
rmSync(`${root}dist`, { recursive: true, force: true })
run('npm', ['run', 'build', '--silent'])
// The native back-end is tested where there is a C compiler.
const { status } = spawnSync('npm', ['run', 'build:native', '--silent'], {
  cwd: root,
  stdio: 'inherit',
})
if (status !== 0 && status !== 69) process.exit(status ?? 1)
if (!existsSync(`${root}.tap/plugins`)) run(bin('tap'), ['build'])
run(
  bin('tap'),
  // The full run films dozens of sittings in one file.
  ['run', '--jobs=2', `--timeout=${full ? 1800 : 300}`, ...files],
  full ? { PERSONHOOD_TEST_FULL: '1' } : {},
)
