/** Attributes of an element; numbers are written with at most two decimals. */
export type Attributes = Readonly<Record<string, string | number>>

/** One SVG element as text; the same arguments give the same text. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? figure(value) : escapeText(value)}"`,
  )
  const head = `<${name}${written.join('')}`
  return children.length === 0 ? `${head}/>` : `${head}>${children.join('')}</${name}>`
}

/** A text element. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeText(text))
}

/** A line through points; points that are not finite are left out. */
export function polyline(
  points: readonly (readonly [number, number])[],
  attributes: Attributes,
): string {
  const drawn = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
  const text = drawn.map(([x, y]) => `${figure(x)},${figure(y)}`).join(' ')
  return element('polyline', { fill: 'none', ...attributes, points: text })
}

/** A whole drawing on white ground. */
export function drawing(width: number, height: number, ...children: string[]): string {
  const ground = element('rect', { width, height, fill: '#ffffff' })
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    'font-family': 'sans-serif',
    'font-size': 12,
  }
  return `${element('svg', attributes, ground, ...children.map((child) => `\n${child}`))}\n`
}

function figure(value: number): string {
  return String(Math.round(value * 100) / 100)
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
