import fc from 'fast-check'
import t from 'tap'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import {
  decodeFileDescription,
  decodeFileSettings,
  encodeFileDescription,
  encodeFileSettings,
  type FileSettings,
} from '../../../protocol/card/file-settings.ts'
import { planMirror } from '../../../protocol/card/mirror.ts'
import { acceptedCuts } from '../../kit/parsers.ts'

// AN12196 §5.9 Table 18.
const CHANGED = fromHex('4000e0c1f121200000430000430000')
// AN12196 §5.4.
const DESCRIBED = fromHex('0040eeee000100d1fe001f00004400004400002000006a0000')

t.test('the settings of the worked example say what they say there', async (t) => {
  const settings = decodeFileSettings(CHANGED)
  t.match(settings, {
    mode: 'plain',
    rights: { read: 'free', write: 0, readWrite: 0, change: 0 },
    mirror: {
      hasUid: true,
      hasCounter: true,
      metaRead: 2,
      fileRead: 1,
      counterRead: 1,
      piccDataOffset: 0x20,
      macInputOffset: 0x43,
      macOffset: 0x43,
      encrypted: undefined,
    },
  })
  if (settings === undefined) throw new Error('settings are due')
  t.equal(toHex(encodeFileSettings(settings)), toHex(CHANGED))
})

t.test('the description of the worked example, with part of the file encrypted', async (t) => {
  const described = decodeFileDescription(DESCRIBED)
  t.match(described, {
    size: 256,
    settings: {
      mode: 'plain',
      rights: { read: 'free', write: 'free', readWrite: 'free', change: 'free' },
      mirror: {
        metaRead: 0,
        fileRead: 0,
        counterRead: 'free',
        piccDataOffset: 0x1f,
        macInputOffset: 0x44,
        encrypted: { offset: 0x44, length: 0x20 },
        macOffset: 0x6a,
      },
    },
  })
  if (described === undefined) throw new Error('a description is due')
  t.equal(toHex(encodeFileDescription(described.settings, described.size)), toHex(DESCRIBED))
})

t.test('settings of every kind come back as they went', async (t) => {
  const rights = { read: 2, write: 1, readWrite: 'never', change: 0 } as const
  const all: readonly FileSettings[] = [
    { mode: 'plain', rights },
    { mode: 'mac', rights },
    { mode: 'full', rights },
    { mode: 'mac', rights, mirror: planMirror('example.org/t').settings },
    {
      mode: 'plain',
      rights,
      mirror: {
        hasUid: false,
        hasCounter: true,
        metaRead: 'free',
        fileRead: 'never',
        counterRead: 3,
        counterOffset: 9,
        counterLimit: 70_000,
      },
    },
  ]
  for (const settings of all) {
    const bytes = encodeFileSettings(settings)
    t.match(decodeFileSettings(bytes), settings)
    const described = decodeFileDescription(encodeFileDescription(settings, 128))
    t.match(described, { size: 128, settings })
    t.same(acceptedCuts(bytes, decodeFileSettings), [])
  }
})

t.test('what is cut, reserved or without its number is refused', async (t) => {
  t.same(acceptedCuts(CHANGED, decodeFileSettings), [])
  t.same(acceptedCuts(DESCRIBED, decodeFileDescription), [])
  for (const [at, value] of [
    [0, 0xc0],
    [0, 0x44],
    [1, 0x05],
    [3, 0xc0],
    [3, 0xc3],
    [4, 0x01],
    [5, 0x2e],
  ] as const) {
    t.equal(decodeFileSettings(CHANGED.with(at, value)), undefined, `byte ${at} = ${value}`)
  }
  t.equal(decodeFileDescription(DESCRIBED.with(0, 1)), undefined)
  const { settings } = planMirror('example.org')
  const hasNoOffset = { ...settings, macOffset: undefined }
  const rights = { read: 'free', write: 1, readWrite: 'never', change: 0 } as const
  t.throws(() => encodeFileSettings({ mode: 'mac', rights, mirror: hasNoOffset }), {
    code: 'call.file-settings',
  })
})

t.test('noise is refused or read, and what is read is written back alike', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const settings = decodeFileSettings(bytes)
      const described = decodeFileDescription(bytes)
      if (described !== undefined && bytes.length > 255) return false
      if (settings === undefined) return true
      // 00 and 10 both mean plain; everything else has one form.
      return toHex(encodeFileSettings(settings)).slice(2) === toHex(bytes).slice(2)
    }),
  )
})
