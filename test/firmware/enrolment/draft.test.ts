import t from 'tap'
import { CONSENT, consentHash } from '../../../firmware/enrolment/consent.ts'
import { issueProvisional, newDraftIds } from '../../../firmware/enrolment/draft.ts'
import {
  cardBindingOf,
  MAX_CREDENTIAL_BYTES,
  parseCredential,
} from '../../../protocol/credential.ts'
import { ALDER_KIOSK, DEMO_NOW, demoSigner } from '../../kit/demo-trust.ts'

const UID = Uint8Array.of(4, 1, 2, 3, 4, 5, 6)
const DRAFT = {
  ...newDraftIds((length) => new Uint8Array(length).fill(7)),
  status: { list: 1, index: 4711 },
  issued: DEMO_NOW,
  consentHash: consentHash(CONSENT),
}

t.test('the same draft and card give the same bytes, another card gives others', async (t) => {
  const signer = demoSigner(ALDER_KIOSK, 'provisional')
  const once = issueProvisional(DRAFT, UID, 30, signer)
  t.same(issueProvisional(DRAFT, UID, 30, signer), once)
  t.ok(once.length <= MAX_CREDENTIAL_BYTES)
  t.notSame(issueProvisional(DRAFT, UID.slice().reverse(), 30, signer), once)
  const { credential } = parseCredential(once)
  t.match(credential, {
    ...{ issued: DEMO_NOW, expires: DEMO_NOW + 30 * 86_400, assurance: 1, stage: 'provisional' },
    status: { list: 1, index: 4711 },
  })
  t.same(credential.cardBinding, cardBindingOf(UID, DRAFT.r))
})

t.test('a ticket number is never all zero, which on a card means no ticket', async (t) => {
  const { ticket } = newDraftIds((length) => new Uint8Array(length))
  t.ok(ticket.some((byte) => byte !== 0))
})

t.test('the consent hash changes with each letter, language and version', async (t) => {
  const hashes = [
    CONSENT,
    { ...CONSENT, version: CONSENT.version + 1 },
    { ...CONSENT, language: 'fr' },
    { ...CONSENT, sentences: [...CONSENT.sentences.slice(1), `${CONSENT.sentences[0]} `] },
  ].map((text) => Buffer.from(consentHash(text)).toString('hex'))
  t.equal(new Set(hashes).size, hashes.length)
})

t.test('the consent is short, plain, and says what other districts see', async (t) => {
  for (const sentence of CONSENT.sentences.flatMap((text) => text.split(/(?<=\.) /))) {
    t.ok(sentence.split(' ').length <= 15, sentence)
    t.notMatch(sentence, /fail|denied|duplicate|fraud|invalid|error|!/i)
  }
  t.match(CONSENT.sentences.join(' '), /[Oo]ther districts.*see it/)
})
