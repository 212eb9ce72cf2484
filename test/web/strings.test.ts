import { readdirSync, readFileSync } from 'node:fs'
import { FluentResource } from '@fluent/bundle'
import t from 'tap'
import { bytesText, dayText, districtName, spanText } from '../../web/format.ts'
import { createStrings } from '../../web/strings.ts'

// This file runs from dist/test/web/; messages and sources are beside dist/.
const ROOT = new URL('../../../', import.meta.url)
const LOCALES = new URL('web/locales/', ROOT)
const PAGES = {
  kiosk: 'firmware/page/',
  gateway: 'gateway/page/',
  overview: 'cli/start/page/',
} as const

type Message = { readonly id: string; readonly value: unknown }

function messagesOf(locale: string, file: string): readonly Message[] {
  const source = readFileSync(new URL(`${locale}/${file}.ftl`, LOCALES), 'utf8')
  return new FluentResource(source).body.map(({ id, value }) => ({ id, value }))
}

/** Each way a message may read, with `x` for a value: one text for each variant. */
function readings(pattern: unknown): readonly string[] {
  if (pattern === null) return []
  if (typeof pattern === 'string') return [pattern]
  const elements = pattern as readonly (
    | string
    | { type: string; variants?: { value: unknown }[] }
  )[]
  return elements.reduce<readonly string[]>(
    (before, element) => {
      const parts =
        typeof element === 'string'
          ? [element]
          : element.type === 'select'
            ? (element.variants ?? []).flatMap(({ value }) => readings(value))
            : ['x']
      return before.flatMap((text) => parts.map((part) => text + part))
    },
    [''],
  )
}

const FILES = ['common', 'kiosk', 'gateway', 'overview'] as const
const locales = readdirSync(LOCALES)

/** What no resident and no reviewer reads: it blames, or it decides. */
const BANNED =
  /\b(fail(ed|ure|s)?|denied|deny|duplicates?|fraud(ulent)?|errors?|invalid|please wait|rejected|users?|cheat\w*|fake|verdict|wrong)\b|!/i

t.test('every text of every language keeps to the wording', async (t) => {
  for (const locale of locales) {
    for (const file of FILES) {
      for (const { id, value } of messagesOf(locale, file)) {
        for (const reading of readings(value)) {
          t.notMatch(reading, BANNED, `${locale} ${id}`)
          for (const clause of reading.split(/[.:;,?]\s|[.:;,?]$/)) {
            const words = clause.trim().split(/\s+/)
            t.ok(words.length <= 12, `${locale} ${id}: ${words.length} words: ${clause}`)
          }
        }
      }
    }
  }
})

t.test('the lint finds what it is for', async (t) => {
  t.match('Enrolment failed', BANNED)
  t.match('Thank you!', BANNED)
  const [one, other] = readings(
    new FluentResource('a = { $n ->\n [one] b\n *[other] c { $n }\n }').body[0]?.value,
  )
  t.same([one, other], ['b', 'c x'])
})

t.test('every language has every text', async (t) => {
  for (const file of FILES) {
    const ids = messagesOf('en', file).map(({ id }) => id)
    t.equal(new Set(ids).size, ids.length, `${file}: each once`)
    for (const locale of locales) {
      t.same(
        new Set(messagesOf(locale, file).map(({ id }) => id)),
        new Set(ids),
        `${locale} ${file}`,
      )
    }
  }
})

t.test('every text that a page asks for exists, and every text is asked for', async (t) => {
  const shared = readSources('web/')
  for (const [file, folder] of Object.entries(PAGES)) {
    const sources = readSources(folder) + shared
    const ids = new Set([
      ...messagesOf('en', 'common').map(({ id }) => id),
      ...messagesOf('en', file).map(({ id }) => id),
    ])
    for (const [, id = ''] of sources.matchAll(/\.text\('([a-z0-9-]+)'/g)) {
      t.ok(ids.has(id), `${file} asks for ${id}`)
    }
    // An id that is put together is looked for by its parts: a prefix, or a suffix, in the sources.
    for (const { id } of messagesOf('en', file)) t.ok(isAskedFor(id, sources), `${id} is asked for`)
  }
})

function readSources(folder: string): string {
  return readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(folder + name, ROOT), 'utf8'))
    .join('\n')
}

/** As it is, or put together: a prefix or a suffix in a template, or both parts as literals. */
function isAskedFor(id: string, sources: string): boolean {
  const has = (text: string): boolean => sources.includes(text)
  const words = id.split('-')
  const isJoined = words.slice(1).some((_, i) => {
    const prefix = words.slice(0, i + 1).join('-')
    const suffix = words.slice(i + 1).join('-')
    const isLiteral = has(`'${prefix}'`) && has(`'${suffix}'`)
    return has(`\`${prefix}-\${`) || has(`}-${suffix}\``) || isLiteral
  })
  return has(`'${id}'`) || isJoined
}

t.test('an absent text shows as its id; a language says which way it runs', async (t) => {
  const strings = createStrings('en-GB', ['a = Text with { $b }'])
  t.equal(strings.text('c'), 'c')
  t.equal(strings.text('a', { b: 'value' }), 'Text with \u2068value\u2069')
  t.equal(strings.direction, 'ltr')
  t.equal(createStrings('fa-IR', []).direction, 'rtl')
})

t.test('spans, sizes and days read as people say them', async (t) => {
  const source = readFileSync(new URL('en/common.ftl', LOCALES), 'utf8')
  const strings = createStrings('en-GB', [source])
  const plain = (text: string): string => text.replaceAll(/[\u2068\u2069]/g, '')
  const spans: readonly (readonly [number, string])[] = [
    [-3, '0 seconds'],
    [1, '1 second'],
    [119, '119 seconds'],
    [120, '2 minutes'],
    [7200, '2 hours'],
    [172_800, '2 days'],
  ]
  for (const [seconds, text] of spans) t.equal(plain(spanText(strings, seconds)), text)
  t.equal(plain(bytesText(strings, 999)), '999 B')
  t.equal(plain(bytesText(strings, 1250)), '1.3 kB')
  t.equal(plain(bytesText(strings, 2_000_000)), '2 MB')
  t.match(plain(dayText(strings, 1_795_429_800)), /Monday 23 November/)
  t.equal(districtName('demo.alpha.north.east'), 'East')
})
