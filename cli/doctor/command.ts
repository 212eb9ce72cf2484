import { readdir, statfs } from 'node:fs/promises'
import { resolve } from 'node:path'
import { accessFix } from '../../hardware/opening-error.ts'
import { searchBackend } from '../../runtime/search-backend.ts'
import { type Command, Exit } from '../io.ts'
import { parseUsage } from '../usage.ts'
import { type DeviceAccess, examine, type Finding, type Machine } from './checks.ts'
import { findGallery } from './gallery-findings.ts'

/** `personhood doctor`. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'look for what would keep this machine from working, and say the fix',
  help: `personhood doctor [--json] [DIR]
  Checks Node, prebuilt binaries, clock, disk space at DIR (default: here), device permissions and
  how templates are compared: the back-end that was chosen, and its eyes/s. Where DIR is the data
  folder of a kiosk or gateway that does not run (or has it as data/), its gallery is opened as the
  station would: persons, memory, threads, time until ready, age of its snapshot.
  Exit 0 when nothing fails, 1 when something does.
`,
  async run(args, io) {
    const { values, positionals } = parseUsage(args, { json: { type: 'boolean' } })
    const findings = await examine(thisMachine(), resolve(io.cwd, positionals[0] ?? '.'))
    if (values.json === true) io.stdout(`${JSON.stringify(findings)}\n`)
    else for (const finding of findings) io.stdout(line(finding))
    return findings.some(({ outcome }) => outcome === 'fail') ? Exit.no : Exit.ok
  },
}

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const

function line({ name, outcome, detail, fix }: Finding): string {
  const remedy = fix === undefined ? '' : `\n    → ${fix}`
  return `${MARKS[outcome]} ${name.padEnd(11)} ${detail}${remedy}\n`
}

const DEVICE_NAME = /^(?:tty(?:USB|ACM|AMA)\d+|hidraw\d+)$/

function thisMachine(): Machine {
  return {
    nodeVersion: process.version,
    platform: process.platform,
    arch: process.arch,
    nowUnix: Math.floor(Date.now() / 1000),
    load: (name) => import(name),
    async freeBytes(folder) {
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    },
    searchBackend,
    gallery: (folder) => findGallery(folder),
    async devices() {
      const names = await readdir('/dev').catch(() => [])
      const paths = names.filter((name) => DEVICE_NAME.test(name)).map((name) => `/dev/${name}`)
      return Promise.all(paths.map(accessTo))
    },
  }
}

async function accessTo(path: string): Promise<DeviceAccess> {
  const fix = await accessFix(path)
  return fix === undefined ? { path, isUsable: true } : { path, isUsable: false, fix }
}
