import t from 'tap'
import { panel } from '../../../cli/plot/axes.ts'
import { drawing, element, label, polyline } from '../../../cli/plot/svg.ts'

t.test('text and attributes cannot break out of the drawing', async (t) => {
  t.equal(label(1, 2, '<a & "b">'), '<text x="1" y="2">&lt;a &amp; &quot;b&quot;&gt;</text>')
  t.equal(element('g', { id: '"><x' }), '<g id="&quot;&gt;&lt;x"/>')
})

t.test('numbers are short and a line leaves out what is not a number', async (t) => {
  const line = polyline(
    [
      [1 / 3, 2],
      [Number.NaN, 1],
      [4, 5.005],
    ],
    { stroke: 'red' },
  )
  t.equal(line, '<polyline fill="none" stroke="red" points="0.33,2 4,5.01"/>')
})

t.test('a panel places values on straight and on logarithmic axes', async (t) => {
  const place = { left: 100, top: 50, width: 200, height: 100 }
  const axes = panel(
    'T',
    place,
    { title: 'x', least: 0, most: 10, ticks: [0, 5, 10] },
    { title: 'y', least: 1e-4, most: 1, ticks: [1e-4, 1e-2, 1], isLog: true },
  )
  t.same([axes.x(0), axes.x(5), axes.x(99)], [100, 200, 300])
  t.same([axes.y(1), axes.y(0.01), axes.y(0)], [50, 100, 150])
  t.match(drawing(400, 200, axes.frame), /^<svg xmlns=.*1e-2.*<\/svg>\n$/s)
})
