import t from 'tap'
import { createRandom, seedOf } from '../../../hardware/sim/random.ts'

t.test('equal seeds give equal streams; any other seed, or order, another one', async (t) => {
  const head = (...seeds: number[]) => {
    const random = createRandom(...seeds)
    return Array.from({ length: 8 }, () => random.int(1 << 30))
  }
  t.same(head(1, 2), head(1, 2))
  const streams = [head(1, 2), head(2, 1), head(1), head(), head(1 + 2 ** 32), head(-1), head(0)]
  t.equal(new Set(streams.map(String)).size, streams.length)
})

t.test('uniform and normal numbers have the moments that they promise', async (t) => {
  const random = createRandom(seedOf('moments'))
  const moments = (draw: () => number) => {
    const values = Array.from({ length: 20_000 }, draw)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return { mean, variance, least: Math.min(...values), most: Math.max(...values) }
  }
  const uniform = moments(() => random.between(2, 4))
  t.ok(Math.abs(uniform.mean - 3) < 0.02 && Math.abs(uniform.variance - 1 / 3) < 0.02)
  t.ok(uniform.least >= 2 && uniform.most < 4)
  const normal = moments(random.normal)
  t.ok(Math.abs(normal.mean) < 0.03 && Math.abs(normal.variance - 1) < 0.05)
  const die = moments(() => random.int(6))
  t.ok(die.least === 0 && die.most === 5)
})
