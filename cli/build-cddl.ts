import { writeFileSync } from 'node:fs'
import { protocolCddl } from '../protocol/cddl.ts'

/** Writes docs/protocol.cddl from the tables in protocol/: `npm run build && node dist/cli/build-cddl.js`. */
const HEAD = `; Generated from the tables in protocol/ by: npm run build && node dist/cli/build-cddl.js
; Everything is in deterministic encoding (RFC 8949 §4.2.1); protocol.md says the rest.

`

writeFileSync('docs/protocol.cddl', HEAD + protocolCddl())
