import { readKeyText, versioned, versionedLines } from '../../firmware/card/card-keys-file.ts'
import { fromText } from '../../protocol/bytes.ts'
import { KeySlot } from '../../protocol/card/card-keys.ts'
import type { Preparer } from '../../protocol/card/examination.ts'
import type { KeyringParts } from '../../protocol/card/keyring.ts'
import type { CardKeys } from '../../protocol/card/preparation.ts'
import { type DistrictPath, parseDistrictPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { writeFileAtomic } from '../../runtime/atomic-file.ts'
import { parseConfig } from '../../runtime/config.ts'
import { oneOf, optional, parsed, table, text } from '../../runtime/config-schema.ts'
import { randomBytes } from '../../runtime/crypto.ts'

/** Masters of a district's cards, kept where cards are prepared and on no kiosk. */
export type Masters = Preparer & { readonly district: DistrictPath | undefined }

/** What new masters are for; `version` is the one that cards show, 1 to 255. */
export type MastersOptions = Pick<Masters, 'district' | 'policy'> & { readonly version: number }

const KEY_BYTES = 16
const HEAD = `# Masters of a district's cards: who has this file can make, rewrite and read every card of it.
# It stays where cards are prepared, on a machine that is not online, with a copy in a safe; never on
# a kiosk. Kiosks get the file that "personhood card prepare" writes beside it.
`
const IS_MASTERS = /^\[masters\./m

const mastersSchema = table({
  policy: oneOf('open', 'private'),
  district: optional(parsed(text(140), parseDistrictPath)),
  masters: table({
    change: versioned,
    write: versioned,
    tap: versioned,
    seed: versioned,
    mirror: versioned,
  }),
})

/** Draws five masters and writes them to a file that was not there, mode 0600; throws `file.exists`. */
export async function makeMasters(path: string, options: MastersOptions): Promise<Masters> {
  const { version, ...rest } = options
  const draw = () => ({ version, key: randomBytes(KEY_BYTES) })
  const { change, write, tap, seed, mirror } = KeySlot
  const masters: CardKeys = {
    [change]: draw(),
    [write]: draw(),
    [tap]: draw(),
    [seed]: draw(),
    [mirror]: draw(),
  }
  const made = { ...rest, masters }
  await writeFileAtomic(path, fromText(formatMasters(made)), { isNew: true }).catch((cause) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw taken(path)
    throw cause
  })
  return made
}

/** Reads masters back; refuses a file that others may read, and says what a kiosk's file is. */
export async function readMasters(path: string): Promise<Masters> {
  const toml = await readKeyText(path)
  if (!isMastersText(toml) && /^\[\[tap\]\]/m.test(toml)) {
    throw new PersonhoodError(
      'config.card-keys',
      `${path} is a kiosk's keys file: cards are prepared with the masters that "card keys" made`,
    )
  }
  return parseMasters(toml, path)
}

/** Reads the text of such a file; throws `config.invalid` with every problem, never with a key. */
export function parseMasters(toml: string, file: string): Masters {
  const { policy, district, masters: named } = parseConfig(toml, mastersSchema, file)
  const masters = Object.fromEntries(
    Object.entries(KeySlot).map(([name, slot]) => [slot, named[name as keyof typeof named]]),
  ) as CardKeys
  return { policy, district, masters }
}

/** True for the text of a file with masters, as against a kiosk's. */
export function isMastersText(toml: string): boolean {
  return IS_MASTERS.test(toml)
}

/** What a kiosk holds of these masters, but for the keys of its batches. */
export function kioskPartsOf({ masters, policy }: Preparer): KeyringParts {
  const identity = policy === 'private' ? masters[KeySlot.mirror] : undefined
  return { policy, tap: [masters[KeySlot.tap]], batches: [], identity }
}

function formatMasters({ policy, district, masters }: Masters): string {
  const lines = [`policy = "${policy}"`]
  if (district !== undefined) lines.push(`district = "${district}"`)
  for (const [name, slot] of Object.entries(KeySlot)) {
    lines.push('', `[masters.${name}]`, ...versionedLines(masters[slot]))
  }
  return `${HEAD}${lines.join('\n')}\n`
}

function taken(path: string): PersonhoodError {
  return new PersonhoodError(
    'file.exists',
    `${path} is there already, and keys are never written over: cards may exist that need them`,
  )
}
