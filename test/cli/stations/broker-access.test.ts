import t from 'tap'
import {
  brokerPassword,
  brokerRights,
  passwordText,
  peerPasswordName,
} from '../../../cli/stations/broker-access.ts'
import { kioskUp } from '../../../protocol/topics.ts'
import { ALDER, ALDER_KIOSK, BIRCH } from '../../kit/demo-trust.ts'

const secret = new Uint8Array(32).fill(7)

t.test('a client is known by the password that was derived for it, and by no other', async (t) => {
  const rights = brokerRights(ALDER, secret)
  const password = passwordText(brokerPassword(secret, ALDER_KIOSK))
  t.ok(rights.isKnown(ALDER_KIOSK, password))
  t.notOk(rights.isKnown(`${ALDER}/k2`, password))
  t.notOk(rights.isKnown(ALDER_KIOSK, ''))
  t.notOk(rights.isKnown(ALDER_KIOSK, `${password}0`))
  t.notOk(brokerRights(ALDER, new Uint8Array(32)).isKnown(ALDER_KIOSK, password))
})

t.test('its rights are those of the district that the broker belongs to', async (t) => {
  const rights = brokerRights(ALDER, secret)
  t.ok(rights.mayPublish(ALDER_KIOSK, kioskUp(ALDER, 'k1', 'enrolment')))
  t.notOk(rights.mayPublish(ALDER_KIOSK, kioskUp(ALDER, 'k2', 'enrolment')))
  t.notOk(rights.maySubscribe(BIRCH, '#'))
})

t.test("a peer's password has a name that a key store takes", async (t) => {
  t.match(peerPasswordName(BIRCH), /^[a-z0-9-]{1,64}$/)
})
