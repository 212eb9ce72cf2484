/** Message files are bundled as their text. */
declare module '*.ftl' {
  const source: string
  // biome-ignore lint/style/noDefaultExport: the bundler's text loader has only a default export
  export default source
}
