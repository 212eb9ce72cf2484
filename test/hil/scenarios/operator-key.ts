import { openSecurityKey, type SecurityKey, userIdOf } from '../../../hardware/fido/security-key.ts'
import { createKeySimulator } from '../../../hardware/fido/simulator.ts'
import { pause } from '../../../hardware/pause.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { hasCode } from '../../../protocol/errors.ts'
import {
  actionHash,
  OPERATOR_RP_ID,
  type OperatorAction,
  type OperatorKey,
  operatorKeyOf,
  verifyAssertion,
} from '../../../protocol/operator-key.ts'
import { bridge } from '../peripherals/bridge.ts'
import {
  type Act,
  type Emulated,
  type Peripheral,
  type Scene,
  type Stage,
  type World,
  wrong,
} from '../scenario.ts'

/** A finger on the key. */
export type KeyHands = { touch(): void }

type KeyStage = Stage<SecurityKey, KeyHands>

/** One report of 64 bytes each millisecond (USB full speed, interval 1). */
const HID_BAUD = 640_000
const PIN = '2468'
const OPERATOR = 'ada'
const TRY_AGAIN_MS = 100

/** A FIDO2 key over CTAPHID. */
const KEY: Peripheral<SecurityKey, KeyHands> = {
  role: 'operator-key',
  name: 'security key',
  baud: HID_BAUD,
  unit: 'report',
  greet: (port, timers, signal, draw) => openSecurityKey(port, { random: draw, timers, signal }),
  emulate: emulateKey,
}

const greeting: Scene<SecurityKey, KeyHands> = {
  name: 'open and greet',
  needs: [],
  play: async ({ device, signal }) => {
    const verification = await device.use((key) => Promise.resolve(key.verification), signal)
    if (verification !== 'pin') throw wrong(`it tells its holder by ${verification}`)
  },
}

const login: Scene<SecurityKey, KeyHands> = {
  name: 'enrol an operator and log in',
  needs: ['hands'],
  play: async (stage) => {
    const enrolled = await enrol(stage)
    const action: OperatorAction = {
      purpose: 'login',
      station: 'demo.a.b.c/k1',
      nonce: stage.draw(16),
      detail: new Uint8Array(0),
    }
    const answer = await attempt(stage, (key) =>
      key.assert({
        ...common(stage),
        challenge: actionHash(action),
        allow: [enrolled.credentialId],
      }),
    )
    if (answer.outcome !== 'asserted') throw wrong(`the key refuses: ${answer.reason}`)
    const verdict = verifyAssertion([enrolled], action, answer, true)
    if (verdict.outcome !== 'proved') throw wrong(`the answer proves nothing: ${verdict.reason}`)
  },
}

/** The security key's scenes. */
export const KEY_ACT: Act<SecurityKey, KeyHands> = { peripheral: KEY, scenes: [greeting, login] }

async function enrol(stage: KeyStage): Promise<OperatorKey> {
  const made = await attempt(stage, (key) =>
    key.enrol({
      ...common(stage),
      challenge: stage.draw(32),
      userId: userIdOf(OPERATOR),
      userName: OPERATOR,
      exclude: [],
    }),
  )
  if (made.outcome !== 'enrolled') throw wrong(`the key refuses: ${made.reason}`)
  const verdict = operatorKeyOf(OPERATOR, made.authenticatorData)
  if (verdict.outcome !== 'proved') throw wrong(`no credential: ${verdict.reason}`)
  return verdict.key
}

/** Runs on the key; again where an answer came spoilt, as an operator tries again. */
async function attempt<T>(
  { device, timers, signal }: KeyStage,
  act: (key: SecurityKey) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await device.use(act, signal)
    } catch (error) {
      if (!hasCode(error, 'bytes')) throw error
      await pause(timers, TRY_AGAIN_MS, signal)
    }
  }
}

function common({ hands, signal, timers }: KeyStage) {
  return {
    rpId: OPERATOR_RP_ID,
    pin: PIN,
    signal,
    onStatus: (status: string) => {
      if (status === 'touch') timers.after(300, () => hands().touch())
    },
  }
}

/** The key keeps its credentials without power. */
function emulateKey({ timers }: World): Emulated<KeyHands> {
  const { host, device } = createPortPair('key')
  const key = createKeySimulator(device, { timers, pin: PIN })
  return {
    power: (port) => {
      bridge(host, port)
      port.onClose(() => key.powerCycle())
    },
    hands: { touch: () => key.touch() },
  }
}
