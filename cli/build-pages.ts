/** Bundles the pages into dist/web/{kiosk,gateway,overview}: run after tsc by `npm run build`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Each page's folder of sources, and its title until its script has run. */
const PAGES = {
  kiosk: { source: 'firmware/page', title: 'Kiosk' },
  gateway: { source: 'gateway/page', title: 'Gateway' },
  overview: { source: 'cli/start/page', title: 'Personhood' },
} as const

/** An eye on the brand's ground: what the browser's tab shows. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="10" fill="#0a3d39"/><path d="M7 24c5-8 11-12 17-12s12 4 17 12c-5 8-11 12-17 12S12 32 7 24z" fill="none" stroke="#fff" stroke-width="3"/><circle cx="24" cy="24" r="6" fill="#fff"/></svg>`

// Built files lie in dist/cli/, sources beside dist/.
const root = fileURLToPath(new URL('../..', import.meta.url))
const target = `${root}dist/web`

await build({
  absWorkingDir: root,
  entryPoints: Object.entries(PAGES).flatMap(([name, { source }]) => [
    { in: `${source}/main.ts`, out: `${name}/main` },
    { in: `${source}/main.css`, out: `${name}/main` },
  ]),
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome120', 'firefox121', 'safari17.4'],
  loader: { '.ftl': 'text' },
  legalComments: 'none',
  logLevel: 'warning',
})
await Promise.all(
  Object.entries(PAGES).map(async ([name, { title }]) => {
    await mkdir(`${target}/${name}`, { recursive: true })
    await writeFile(`${target}/${name}/index.html`, indexPage(title))
    await writeFile(`${target}/${name}/icon.svg`, ICON)
  }),
)

/** Neither script nor style is inline, so that the policy can forbid both. */
function indexPage(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'">
<title>${title}</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="main.css">
<script type="module" src="main.js"></script>
</head>
<body>
<div id="page"></div>
<noscript><p>This page needs JavaScript. The kiosk itself works without a page.</p></noscript>
</body>
</html>
`
}
