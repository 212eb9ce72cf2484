import t from 'tap'
import { CONSENT, consentHash } from '../../../firmware/enrolment/consent.ts'
import { KEEP_ENROLMENTS_S } from '../../../firmware/enrolment/retention.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { DAY_S } from '../../../protocol/time.ts'

/** What residents said yes to, by version: a text that was in use is never another one. */
const IN_USE: Readonly<Record<number, string>> = {
  2: '72483cbf51881118b43d17bb93b84f346447593a6962458cdc360b1dc169821f',
}

t.test('another sentence is another version', async (t) => {
  t.equal(toHex(consentHash(CONSENT)), IN_USE[CONSENT.version])
})

t.test('language, version and each sentence are part of what was said yes to', async (t) => {
  const texts = [
    CONSENT,
    { ...CONSENT, language: 'pt' },
    { ...CONSENT, version: CONSENT.version + 1 },
    { ...CONSENT, sentences: CONSENT.sentences.slice(1) },
    { ...CONSENT, sentences: [CONSENT.sentences.join(' ')] },
  ]
  t.equal(new Set(texts.map((text) => toHex(consentHash(text)))).size, texts.length)
})

t.test('templates stay as long as the text says', async (t) => {
  const said = /stays on this kiosk for (\d+) days/.exec(CONSENT.sentences.join(' '))
  t.equal(Number(said?.[1]) * DAY_S, KEEP_ENROLMENTS_S)
})
