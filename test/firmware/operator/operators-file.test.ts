import t from 'tap'
import { formatOperators, parseOperators } from '../../../firmware/operator/operators-file.ts'
import type { OperatorKey } from '../../../protocol/operator-key.ts'

const key = (operator: string, byte: number): OperatorKey => ({
  operator,
  credentialId: new Uint8Array(48).fill(byte),
  publicKey: new Uint8Array(65).fill(4),
  signCount: byte,
})

t.test('what is written is read again', async (t) => {
  for (const keys of [[], [key('Ada "the first" Ö.', 1), key('ben', 2)]]) {
    t.same(parseOperators(formatOperators(keys), 'o'), keys)
  }
})

t.test('everything that is wrong is told, with its place', async (t) => {
  const good = formatOperators([key('ada', 1)])
  const refused = (toml: string, message: RegExp) =>
    t.throws(() => parseOperators(toml, 'operators.toml'), { code: 'config.invalid', message })
  refused(good.replace('credential = "01', 'credential = "0'), /bytes in hex/)
  refused(good.replace('"0404', '"0504'), /no point/)
  refused(good.replace('count = 1', 'count = -1'), /count/)
  refused(good.replace('ada', 'a'.repeat(65)), /64 characters/)
  refused(`${good}role = "root"\n`, /role/)
  refused(formatOperators([key('ada', 1), key('ben', 1)]), /one key twice/)
  refused('[[key]', /operators.toml:1/)
})
