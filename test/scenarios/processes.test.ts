import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { DEMO_DISTRICTS, openWorld } from '../../cli/provision/world.ts'
import type { KioskCommand, KioskState } from '../../firmware/kiosk-state.ts'
import type { GatewayState } from '../../gateway/gateway-state.ts'

const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const LOOK_MS = 100
const WAIT_MS = 120_000

type Running = { readonly url: string; readonly child: ChildProcess; stop(): Promise<unknown> }

/** Starts a station and waits for the address of its page. */
async function run(t: Test, kind: 'kiosk' | 'gateway', config: string): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, kind, '--config', config], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  t.teardown(stop)
  for await (const url of createInterface({ input: child.stdout })) return { url, child, stop }
  throw new Error(`${kind} printed no address`)
}

async function stateOf<T>({ url }: Running): Promise<T> {
  return (await (await fetch(`${url}state`)).json()) as T
}

async function until<T>(
  running: Running,
  what: string,
  isThere: (state: T) => boolean,
): Promise<T> {
  const end = Date.now() + WAIT_MS
  while (Date.now() < end) {
    const state = await stateOf<T>(running)
    if (isThere(state)) return state
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`no sign of ${what}: ${JSON.stringify(await stateOf(running))}`)
}

async function press(running: Running, command: KioskCommand): Promise<void> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }
  const body = JSON.stringify(command)
  await fetch(`${running.url}commands`, { method: 'POST', headers, body })
}

/** Free ports instead of the planned ones, so that a demonstration may run beside the test. */
async function withFreePorts(configs: readonly string[]): Promise<void> {
  const ports = new Map<string, number>()
  for (const planned of ['18831', '18832']) {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports.set(planned, (server.address() as { port: number }).port)
    await new Promise((resolve) => server.close(resolve))
  }
  for (const file of configs) {
    let toml = readFileSync(file, 'utf8').replace(/(\[page\]\n)port = \d+/, '$1port = 0')
    for (const [planned, port] of ports) toml = toml.replaceAll(planned, String(port))
    writeFileSync(file, toml)
  }
}

const isScreen = (name: string) => (state: KioskState) => state.screen.name === name

t.test('gateways and kiosks run as processes of their own', { timeout: 290_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'processes-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const now = Math.floor(Date.now() / 1000)
  const world = await openWorld(join(folder, 'world'), DEMO_DISTRICTS, now)
  await withFreePorts([...world.gateways, ...world.kiosks].map(({ config }) => config))
  const [harbour, hillside] = world.gateways
  const [kioskConfig] = world.kiosks.map(({ config }) => config)
  const gateway = await run(t, 'gateway', harbour?.config ?? '')
  const kiosk = await run(t, 'kiosk', kioskConfig ?? '')

  await until<KioskState>(kiosk, 'a lease', ({ indicesLeft }) => indicesLeft > 0)
  kiosk.child.stdin?.write('stand leila\n')
  await press(kiosk, { name: 'begin' })
  await press(kiosk, { name: 'consent', isGiven: true })
  await until(kiosk, 'the card step', isScreen('card'))
  kiosk.child.stdin?.write('card new\n')
  await until(kiosk, 'the end of the enrolment', isScreen('done'))

  const waiting = await until<GatewayState>(
    gateway,
    'the enrolment at the gateway',
    ({ enrolments }) => enrolments.length === 1,
  )
  t.equal(waiting.enrolments[0]?.stage, 'waiting', 'the other district cannot be asked yet')
  t.equal(await kiosk.stop(), 0, 'a kiosk ends when it is asked to')

  const other = await run(t, 'gateway', hillside?.config ?? '')
  await until<GatewayState>(gateway, 'the final credential', ({ counts }) => counts.final === 1)

  const again = await run(t, 'kiosk', kioskConfig ?? '')
  const back = await until<KioskState>(
    again,
    'the final at the kiosk',
    (state) => state.enrolments.final === 1,
  )
  t.equal(back.link.receipts, 1, 'the receipt was kept over the restart')
  again.child.stdin?.write('card leila-1\n')
  const { screen } = await until<KioskState>(again, 'the answer to a tap', isScreen('tap'))
  t.match(screen, { outcome: 'go', proof: 'card', upgraded: true, assurance: 5 })
  for (const running of [again, gateway, other]) t.equal(await running.stop(), 0)
})

t.test('a wrong configuration is named in one sentence', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'processes-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'gateway.toml')
  writeFileSync(file, 'station = "demo.a.b.c"\ncolour = "red"\n')
  const child = spawn(process.execPath, [MAIN, 'gateway', '--config', file])
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  t.equal(await new Promise((resolve) => child.once('exit', resolve)), 78)
  t.match(said, 'colour')
  t.match(said, file)
})
