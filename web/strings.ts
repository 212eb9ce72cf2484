import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle'

/** Values for the variables of a message. */
export type TextArguments = Readonly<Record<string, FluentVariable>>

/** The texts of a page in one language. */
export type Strings = {
  /** BCP 47 tag, for the document and for `Intl`. */
  readonly locale: string
  readonly direction: 'ltr' | 'rtl'
  /** The text of message `id`; an absent message shows as its id, which a test refuses. */
  readonly text: (id: string, values?: TextArguments) => string
}

const RIGHT_TO_LEFT = new Set(['ar', 'ckb', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi'])

/** Strings of `locale` out of the text of its message files (Project Fluent syntax 1.0). */
export function createStrings(locale: string, sources: readonly string[]): Strings {
  const bundle = new FluentBundle(locale)
  for (const source of sources) bundle.addResource(new FluentResource(source))
  const language = locale.split('-', 1)[0] ?? locale
  return {
    locale,
    direction: RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr',
    text: (id, values) => {
      const pattern = bundle.getMessage(id)?.value
      // A fault inside a message leaves its variable's name in the text: better than an empty screen.
      return pattern == null ? id : bundle.formatPattern(pattern, values ?? null, [])
    },
  }
}
