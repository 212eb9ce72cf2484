import fc from 'fast-check'
import t from 'tap'
import {
  assuranceOf,
  type DistrictPath,
  districtOf,
  isDemo,
  isStationPath,
  isWithin,
  parseDistrictPath,
  stationPath,
} from '../../protocol/district.ts'
import { parseValue } from '../../protocol/schema.ts'

const path = parseDistrictPath
const [HOME, NEXT, OTHER_CITY, OTHER_PROVINCE, OTHER_NATION] = [
  path('bo.lp.el-alto.d1'),
  path('bo.lp.el-alto.d2'),
  path('bo.lp.viacha.d1'),
  path('bo.cb.sacaba.d1'),
  path('pe.pu.puno.d1'),
] as const
const EVERYONE: readonly DistrictPath[] = [HOME, NEXT, OTHER_CITY, OTHER_PROVINCE, OTHER_NATION]

t.test('a path has one to four labels of small letters, digits and inner hyphens', async (t) => {
  for (const good of ['bo', 'bo.lp', 'bo.lp.el-alto.d1', '0.1', 'a'.repeat(32)]) {
    t.equal(parseDistrictPath(good), good)
  }
  const bad = [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'A',
    'a.b.c.d.e',
    '-a',
    'a-',
    'a'.repeat(33),
    'a/b',
    'é',
  ]
  for (const value of [...bad, 'a b', 'a\n', 'a+', '#', 'a.*']) {
    t.throws(() => parseDistrictPath(value), { code: 'bytes.district' }, JSON.stringify(value))
  }
})

t.test('a station is a district or one of its kiosks', async (t) => {
  const kind = stationPath()
  for (const good of ['bo.lp.el-alto.d1', 'bo.lp.el-alto.d1/k1', 'demo/k']) {
    t.equal(parseValue(kind, good), good)
    t.ok(isStationPath(good))
  }
  for (const bad of ['bo/', '/k1', 'bo/k/k', 'bo/k.1', 'bo/+', 'bo/K', 'bo/k1\n', 7, null]) {
    t.throws(() => parseValue(kind, bad), { code: 'bytes.schema' })
  }
  t.equal(districtOf('bo.lp/k1'), 'bo.lp')
  t.equal(districtOf('bo.lp'), 'bo.lp')
})

t.test('below a path is what continues it by a whole label', async (t) => {
  t.ok(isWithin('bo.lp', path('bo.lp')))
  t.ok(isWithin('bo.lp.x', path('bo.lp')))
  t.ok(isWithin('bo.lp/k1', path('bo.lp')))
  t.notOk(isWithin('bo.lpz', path('bo.lp')))
  t.notOk(isWithin('bo', path('bo.lp')))
})

t.test('demonstrations live under demo and nowhere else', async (t) => {
  for (const station of ['demo', 'demo.a', 'demo.a.b.c/k1', 'demo/k1']) t.ok(isDemo(station))
  for (const station of ['demonstration', 'bo.demo', 'bo.demo/k1', 'demos.a']) {
    t.notOk(isDemo(station))
  }
})

t.test('assurance is the widest tier of which every district was asked', async (t) => {
  const asked = (...districts: DistrictPath[]) => assuranceOf(HOME, districts, EVERYONE)
  t.equal(asked(), 1)
  t.equal(asked(NEXT, OTHER_CITY), 1, 'not even home was asked')
  t.equal(asked(HOME), 2)
  t.equal(asked(HOME, NEXT), 3)
  t.equal(asked(HOME, NEXT, OTHER_CITY), 4)
  t.equal(asked(HOME, NEXT, OTHER_CITY, OTHER_PROVINCE), 5)
  t.equal(asked(HOME, OTHER_CITY, OTHER_PROVINCE), 2, 'the neighbour is missing')
  t.equal(asked(HOME, NEXT, OTHER_PROVINCE), 3)
  t.equal(asked(...EVERYONE), 5)
})

t.test('a tier with nobody else in it was asked by asking home', async (t) => {
  t.equal(assuranceOf(HOME, [HOME], [HOME]), 5)
  t.equal(assuranceOf(path('demo.a'), [path('demo.a')], [path('demo.a'), path('demo.b')]), 2)
  const both = [path('demo.a'), path('demo.b')]
  t.equal(assuranceOf(path('demo.a'), both, both), 3)
})

t.test('asking one district more never lowers assurance', async () => {
  fc.assert(
    fc.property(fc.subarray([...EVERYONE]), fc.constantFrom(...EVERYONE), (some, more) => {
      const before = assuranceOf(HOME, some, EVERYONE)
      const after = assuranceOf(HOME, [...some, more], EVERYONE)
      return after >= before && before >= 1 && after <= 5
    }),
  )
})
