/** Bundles the pages of web/ into dist/web; filled with the pages. */
export {}
