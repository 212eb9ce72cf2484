import t from 'tap'
import { fittingLists } from '../../../hardware/fido/credential-list.ts'
import type { KeyInfo } from '../../../hardware/fido/ctap2.ts'
import { fromText } from '../../../protocol/bytes.ts'
import { OPERATOR_RP_ID, parseAuthenticatorData } from '../../../protocol/operator-key.ts'
import { createKeyBench, random } from './bench.ts'

const info = { maxMessageBytes: 1200, maxListed: 8 } as KeyInfo
const ids = (count: number, lengthBytes = 48) =>
  Array.from({ length: count }, () => random(lengthBytes))

t.test('lists are no longer than a key takes, in number and in bytes', async (t) => {
  const lengths = (count: number, lengthBytes?: number) =>
    fittingLists(info, ids(count, lengthBytes)).map((list) => list.length)
  t.same(lengths(0), [])
  t.same(lengths(8), [8])
  t.same(lengths(20), [8, 8, 4])
  t.same(lengths(5, 200), [2, 2, 1])
  t.same(lengths(2, 1000), [1, 1], 'one too large goes alone: the key says what it thinks of it')
})

t.test('the right credential is found among many, with one touch', async (t) => {
  const { open, until, simulator } = createKeyBench({ pin: '123456' })
  const key = await open()
  const common = { rpId: OPERATOR_RP_ID, challenge: random(32), pin: '123456' }
  const who = { userId: fromText('ada'), userName: 'Ada' }
  const enrolled = await until(key.enrol({ ...common, ...who, exclude: ids(30) }))
  if (enrolled.outcome !== 'enrolled') throw new Error(enrolled.reason)
  const own = parseAuthenticatorData(enrolled.authenticatorData).credential?.credentialId
  if (own === undefined) throw new Error('no credential')
  const touches: string[] = []
  const onStatus = (status: string) => touches.push(status)
  const found = await until(
    key.assert({ ...common, allow: [...ids(30), own, ...ids(5)], onStatus }),
  )
  t.match(found, { outcome: 'asserted', credentialId: own })
  t.same(touches, ['processing', 'touch'])
  const none = await until(key.assert({ ...common, allow: ids(30) }))
  t.match(none, { reason: 'not-enrolled' })
  const again = await until(key.enrol({ ...common, ...who, exclude: [...ids(20), own] }))
  t.match(again, { reason: 'already-enrolled' })
  t.equal(simulator.isWaiting, false)
})
