import fc from 'fast-check'
import t from 'tap'
import { HandleTable } from '../../../biometrics/search/handle-table.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { seededWords } from '../../kit/iris-codes.ts'

const idOf = (n: number) => n.toString(16).padStart(32, '0')

t.test('a handle keeps its row until it is removed, and a freed row is used again', async (t) => {
  const table = new HandleTable(4)
  t.same([table.take(idOf(7)), table.take('a text'), table.take(idOf(8))], [0, 1, 2])
  t.equal(table.take(idOf(7)), 0, 'the same handle again')
  t.same([table.find(idOf(8)), table.find('a text'), table.find('none')], [2, 1, undefined])
  t.same([table.handle(0), table.handle(1), table.handle(3)], [idOf(7), 'a text', undefined])
  t.equal(table.remove('a text'), 1)
  t.equal(table.remove('a text'), undefined)
  t.same([table.handle(1), table.size, table.rows, table.livingIn(0)], [undefined, 2, 3, 2])
  t.equal(table.take(idOf(9)), 1)
})

t.test('what looks like an identifier but for its case is a handle of its own', async (t) => {
  const table = new HandleTable()
  const id = 'abcdef'.padStart(32, '0')
  table.take(id)
  table.take(id.toUpperCase())
  t.equal(table.size, 2)
  t.equal(table.handle(1), id.toUpperCase())
})

type Change = { readonly name: string; readonly kind: string }

/** Does the same to a table and to a map; false where the table says another row. */
function apply(table: HandleTable, rows: Map<string, number>, { name, kind }: Change): boolean {
  if (kind === 'take') rows.set(name, table.take(name))
  if (kind === 'remove') {
    const row = rows.get(name)
    rows.delete(name)
    return table.remove(name) === row
  }
  const hole = kind === 'compact' ? table.hole() : undefined
  if (hole !== undefined) {
    rows.set(table.handle(table.rows - 1) ?? '', hole)
    table.moveLast(hole)
  }
  return true
}

t.test('it agrees with a map over any run of changes', async () => {
  const change = fc.record({
    name: fc.oneof(fc.nat(60).map(idOf), fc.nat(20).map(String)),
    kind: fc.constantFrom('take', 'take', 'remove', 'compact'),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const table = new HandleTable(8)
      const rows = new Map<string, number>()
      const isAgreed = changes.every((one) => apply(table, rows, one))
      const living = Array.from({ length: table.slabs }, (_, slab) => table.livingIn(slab))
      return (
        isAgreed &&
        table.size === rows.size &&
        new Set(rows.values()).size === rows.size &&
        living.reduce((a, b) => a + b, 0) === rows.size &&
        [...rows].every(([name, row]) => table.find(name) === row && table.handle(row) === name)
      )
    }),
    { numRuns: 300 },
  )
})

t.test('compaction leaves no hole', async (t) => {
  const table = new HandleTable(16)
  for (let n = 0; n < 100; n++) table.take(idOf(n))
  for (let n = 0; n < 100; n += 2) table.remove(idOf(n))
  for (let hole = table.hole(); hole !== undefined; hole = table.hole()) table.moveLast(hole)
  t.same([table.rows, table.size, table.slabs], [50, 50, 4])
  for (let n = 1; n < 100; n += 2) t.equal(table.handle(table.find(idOf(n)) ?? -1), idOf(n))
})

t.test('slabs that were saved make the same table', async (t) => {
  const table = new HandleTable(16)
  for (let n = 0; n < 60; n++) table.take(n % 7 === 0 ? `text ${n}` : idOf(n))
  for (let n = 0; n < 60; n += 5) table.remove(n % 7 === 0 ? `text ${n}` : idOf(n))
  const again = new HandleTable(16)
  for (let slab = 0; slab < table.slabs; slab++) {
    t.ok(again.restoreSlab(table.slabHandles(slab)))
  }
  t.same([again.size, again.rows], [table.size, table.rows])
  for (let row = 0; row < table.rows; row++) t.equal(again.handle(row), table.handle(row))
  again.take(idOf(1000))
  t.equal(again.rows, table.rows, 'holes are used again')
})

t.test('slabs that cannot be are refused', async (t) => {
  const table = new HandleTable(16)
  table.take(idOf(1))
  table.take('x')
  const { held, ids, texts } = table.slabHandles(0)
  const refused = (slab: Parameters<HandleTable['restoreSlab']>[0]) =>
    t.notOk(new HandleTable(16).restoreSlab(slab))
  refused({ held: held.subarray(1), ids, texts })
  refused({ held, ids: ids.subarray(1), texts })
  refused({ held, ids, texts: [] })
  refused({ held, ids, texts: [...texts, [3, 'y']] })
  const twoOfOneRow = [
    [1, 'x'],
    [1, 'y'],
  ] as const
  refused({ held, ids, texts: twoOfOneRow })
  const twice = new HandleTable(16)
  t.ok(twice.restoreSlab({ held, ids, texts }))
  t.notOk(twice.restoreSlab({ held, ids, texts }), 'the same persons again')
})

t.test('a hundred thousand identifiers take at most 26 bytes each', async (t) => {
  const next = seededWords(1)
  const table = new HandleTable()
  const ids = Array.from({ length: 100_000 }, () =>
    toHex(new Uint8Array(Uint32Array.from([next(), next(), next(), next()]).buffer)),
  )
  for (const id of ids) table.take(id)
  t.ok(table.bytes / ids.length <= 26, `${table.bytes / ids.length}`)
  t.ok(ids.every((id, row) => table.find(id) === row))
})
