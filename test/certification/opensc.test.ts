import t from 'tap'
import { createEllipticCard } from '../../hardware/nfc/elliptic-card-simulator.ts'
import { createNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { converse, type VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { concat, fromHex, toHex } from '../../protocol/bytes.ts'
import { encodeCommand } from '../../protocol/card/apdu.ts'
import { ellipticMessage, readEllipticCard } from '../../protocol/card/elliptic-card.ts'
import { decodeCardFile, encodeCardFile } from '../../protocol/card/layout.ts'
import type { CardScript } from '../../protocol/card/ntag424.ts'
import { readPersonhoodCard } from '../../protocol/card/personhood-card.ts'
import { publicKeyOf, verifyMessage } from '../../protocol/secp256k1.ts'
import { CARD_UID, NO_KEYS } from '../kit/nfc-bench.ts'
import { opensslVerifies } from '../kit/openssl.ts'
import { atrOf, Control, noSmartCards as skip, smartCards } from '../kit/virtual-pcd.ts'

const UID = fromHex('04112233445566')
const PRIVATE_KEY = new Uint8Array(32).fill(7)
const CHALLENGE = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
const FILE = encodeCardFile({ credential: new Uint8Array(160).fill(5) })

const elliptic = (): VirtualCard =>
  createEllipticCard({ uid: UID, privateKey: PRIVATE_KEY, ndefFile: FILE })
const ntag424 = (): VirtualCard => createNtag424({ uid: CARD_UID, ndefFile: FILE })

/** What passes between our driver and a card, as its bytes in turn, and what the driver made of it. */
function driven<T>(card: VirtualCard, script: CardScript<T>) {
  const exchanges: { readonly command: string; readonly answer: string }[] = []
  const made = converse(
    {
      exchange: (command) => {
        const answer = card.exchange(command)
        exchanges.push({ command: toHex(command), answer: toHex(answer ?? new Uint8Array(0)) })
        return answer
      },
    },
    script,
  )
  return { exchanges, made }
}

/** Answers that opensc-tool heard, status words last. */
function answersIn(told: string): readonly string[] {
  return told
    .split(/^Sending: .*$/m)
    .slice(1)
    .map((part) => {
      const [, sw1 = '', sw2 = ''] = /SW1=0x(..), SW2=0x(..)/.exec(part) ?? []
      const lines = [...part.matchAll(/^((?:[0-9A-F]{2} ){1,16})/gm)].map(([, line = '']) => line)
      return `${lines.join('').replaceAll(' ', '')}${sw1}${sw2}`.toLowerCase()
    })
}

const sending = (commands: readonly string[]): string[] => [
  '--card-driver',
  'default',
  ...commands.flatMap((command) => ['--send-apdu', command]),
]

t.test(
  'OpenSC sees both cards, with the answer to reset of a contactless one',
  { skip },
  async (t) => {
    t.equal(toHex(atrOf(ntag424())), '3b8180018080')
    const { tool, controls } = await smartCards(t, [elliptic(), ntag424()])
    t.match(await tool(0, '--atr'), '3b:80:80:01:01')
    t.match(await tool(1, '--atr'), '3b:81:80:01:80:80')
    for (const slot of controls) t.ok(slot.includes(Control.askAtr) && slot.includes(Control.on))
  },
)

t.test(
  'each answer to our driver is the same through OpenSC and a PC/SC daemon',
  { skip },
  async (t) => {
    const tools = { random: () => CHALLENGE, verify: verifyMessage }
    const scripts = [
      driven(elliptic(), readEllipticCard(tools, UID)),
      driven(ntag424(), readPersonhoodCard(NO_KEYS, CARD_UID)),
    ]
    const { tool } = await smartCards(t, [elliptic(), ntag424()])
    for (const [slot, { exchanges, made }] of scripts.entries()) {
      t.equal(made.contents.kind, 'personhood')
      t.ok(exchanges.length >= 3)
      const commands = exchanges.map(({ command }) => command)
      const told = await tool(slot === 0 ? 0 : 1, ...sending(commands))
      t.same(
        answersIn(told),
        exchanges.map(({ answer }) => answer),
      )
    }
  },
)

t.test('openssl takes what the elliptic card signed for OpenSC', { skip }, async (t) => {
  const { tool } = await smartCards(t, [elliptic(), ntag424()])
  const { exchanges } = driven(
    elliptic(),
    readEllipticCard({ random: () => CHALLENGE, verify: verifyMessage }, UID),
  )
  const [select, certificate, prove] = exchanges.slice(-3).map(({ command }) => command)
  const told = await tool(0, ...sending([select ?? '', certificate ?? '', prove ?? '']))
  const [, read = '', signed = ''] = answersIn(told)
  const publicKey = fromHex(read).slice(2, 35)
  t.equal(toHex(publicKey), toHex(publicKeyOf(PRIVATE_KEY)))
  const signature = fromHex(signed).slice(0, -2)
  t.ok(opensslVerifies(publicKey, ellipticMessage(UID, CHALLENGE), signature))
  t.notOk(opensslVerifies(publicKey, ellipticMessage(CARD_UID, CHALLENGE), signature))
})

t.test(
  'what a card refuses comes through, and each connection finds the card at rest',
  { skip },
  async (t) => {
    const { tool } = await smartCards(t, [elliptic(), ntag424()])
    const prove = toHex(encodeCommand({ cla: 0, ins: 0x88, p1: 0, p2: 0, data: CHALLENGE, le: 64 }))
    const unknown = toHex(concat(fromHex('00a4040005'), fromHex('f000000001'), fromHex('00')))
    t.same(answersIn(await tool(0, ...sending([prove, unknown, '00b0810000', '00ff0000']))), [
      '6985',
      '6a82',
      '6a82',
      '6d00',
    ])
    t.same(answersIn(await tool(1, ...sending([unknown, '00b000000f']))), ['6a82', '6985'])
  },
)

t.test('OpenSC writes a file of the NTAG 424 DNA, and our driver reads it', { skip }, async (t) => {
  const card = ntag424()
  const other = encodeCardFile({ credential: new Uint8Array(120).fill(9) })
  const { tool } = await smartCards(t, [elliptic(), card])
  const write = { cla: 0, ins: 0xd6, p1: 0, p2: 0, data: other }
  const select = ['00a4040007d276000085010100', '00a4000c02e104']
  const told = await tool(1, ...sending([...select, toHex(encodeCommand(write))]))
  t.same(answersIn(told), ['9000', '9000', '9000'])
  const { contents } = converse(card, readPersonhoodCard(NO_KEYS, CARD_UID))
  t.same(contents, decodeCardFile(other))
})
