import type { Page } from 'playwright-core'

/**
 * Runs in the browser and returns one line a fault: text below 18 px or 10:1, a target below
 * 54 px, content wider than the window, a text that is still its message's id.
 */
const CHECKS = `(() => {
  const faults = []
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number)
    return { r, g, b, a }
  }
  const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)
  const light = ({ r, g, b }) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour.a === 1) return colour
    }
    return { r: 255, g: 255, b: 255 }
  }
  const contrast = (a, b) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y)
    return (bright + 0.05) / (dark + 0.05)
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim()
    const element = walker.currentNode.parentElement
    if (text === '' || element.closest('script, style, noscript') || !isSeen(element)) continue
    const style = getComputedStyle(element)
    const isShape = element.namespaceURI === 'http://www.w3.org/2000/svg'
    if (!isShape && parseFloat(style.fontSize) < 18) faults.push(text + ': ' + style.fontSize)
    const ratio = contrast(parse(isShape ? style.fill : style.color), ground(element))
    if (ratio < 10) faults.push(text + ': contrast ' + ratio.toFixed(1))
    if (/^[a-z]+(-[a-z0-9]+)+$/.test(text) && !element.closest('.code, .path')) faults.push(text + ': no text for this id')
    if (/[{}]|undefined|NaN|\\[object/.test(text)) faults.push(text + ': a value is missing')
  }
  for (const target of document.querySelectorAll('button, summary, a, select, input')) {
    if (!isSeen(target)) continue
    const { width, height } = target.getBoundingClientRect()
    if (width < 54 || height < 54) faults.push((target.textContent.trim() || target.tagName) + ': target ' + Math.round(width) + 'x' + Math.round(height))
  }
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) faults.push('page is ' + scrollWidth + ' px wide in ' + clientWidth)
  for (const element of document.querySelectorAll('main, header, footer, button, h1, p, li')) {
    if (isSeen(element) && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline') {
      faults.push(element.tagName + ' ' + element.className + ': ' + element.scrollWidth + ' px in ' + element.clientWidth)
    }
  }
  return faults
})()`

/** Everything that a page owes everybody who looks at it, whatever it shows. */
export function faultsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(CHECKS)
}

/** The page's visible text, without the marks that isolate a value's direction. */
export async function visibleText(page: Page, selector = 'body'): Promise<string> {
  const text = await page.locator(selector).innerText()
  return text.replaceAll(/[\u2068\u2069]/g, '').replaceAll(/\s+/g, ' ')
}

/** By how many pixels `selector` is taller than the room it has: 0 where nothing must be scrolled. */
export function hiddenHeight(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(
    `(() => { const e = document.querySelector(${JSON.stringify(selector)}); return e.scrollHeight - e.clientHeight })()`,
  )
}

/** All elements of the document. */
export function elementCount(page: Page): Promise<number> {
  return page.evaluate<number>('document.querySelectorAll("*").length')
}
