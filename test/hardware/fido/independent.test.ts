import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { createKeySimulator, type KeySimulatorOptions } from '../../../hardware/fido/simulator.ts'
import { type BytePort, createPortEvents } from '../../../hardware/port.ts'

const REPORT_BYTES = 64
const PYTHON = '/usr/bin/python3'
// An independent client, not written here: Debian's python3-fido2.
const hasClient = spawnSync(PYTHON, ['-c', 'import fido2.ctap2']).status === 0
const skip = hasClient ? false : 'python3-fido2 is not installed'

/** The client's standard streams as the device's end of a HID port. */
function portOf(client: ChildProcessWithoutNullStreams): BytePort {
  const events = createPortEvents('client')
  let rest = Buffer.alloc(0)
  client.stdout.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    for (; rest.length >= REPORT_BYTES; rest = rest.subarray(REPORT_BYTES)) {
      events.deliver(Uint8Array.from(rest.subarray(0, REPORT_BYTES)))
    }
  })
  return {
    name: 'client',
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (bytes) => void client.stdin.write(bytes),
    close: async () => void client.kill(),
  }
}

/** What the client found; it throws with what the client said where it was not content. */
async function findings(
  pin: string,
  protocol: 1 | 2,
  options: KeySimulatorOptions,
): Promise<unknown> {
  const client = spawn(PYTHON, ['test/independent/fido_client.py', pin, String(protocol)])
  let told = ''
  client.stderr.on('data', (bytes: Buffer) => {
    told += bytes.toString()
  })
  client.stdin.on('error', () => undefined)
  const key = createKeySimulator(portOf(client), options)
  // A finger that is always there.
  const finger = setInterval(() => {
    if (key.isWaiting) key.touch()
  }, 20)
  try {
    const [code] = await once(client, 'exit')
    if (code !== 0) throw new Error(told)
    return JSON.parse(told)
  } finally {
    clearInterval(finger)
    key.close()
  }
}

t.test('python-fido2 sets a PIN, enrols, logs in and derives secrets', { skip }, async (t) => {
  for (const protocol of [1, 2] as const) {
    t.match(await findings('geheim-42', protocol, {}), {
      versions: ['FIDO_2_0', 'FIDO_2_1'],
      hid: 2,
      retries: 7,
      attestation: 'SELF',
      count: 4,
    })
  }
})

t.test('and so it does with a key of the first generation', { skip }, async (t) => {
  const options = { pinProtocols: [1], hasTokens: false } as const
  t.match(await findings('geheim-42', 1, options), { versions: ['FIDO_2_0'], count: 4 })
})
