/*
 * AssemblyScript: `npm run build` compiles this folder into WebAssembly, not tsc; score.ts twice,
 * with 128-bit SIMD and without. All memory is the caller's; nothing is allocated, nothing kept
 * between calls. Layouts in bytes, little-endian (what they are for: docs/search.md):
 *
 *   record   3072    re, im and mask plane of a template, one 32-bit word a column
 *   probe    3456    the same planes, each of 288 words: column j - 16 of the template at word j
 *   symbols  2816    11 sets x 256 columns, a byte for three rows of a column, see symbols.ts
 *   tables   418000  11 sets x 125 symbols x 304 columns, see symbols.ts
 *   scores   12      differing bits, common positions (0: could not compare), turn 0..32
 *
 * At turn t the record's column g lies on word g + t of the probe: on its column g + t - 16.
 */

/** Bytes of a record. */
export const RECORD: usize = 3072
/** Bytes of one plane of a record. */
export const PLANE: usize = 1024
/** Bytes of one plane of a probe. */
export const PROBE_PLANE: usize = 1152
/** Rotations by -16..16 columns. */
export const TURNS: usize = 33
/** Columns of a record, and so symbols of a set. */
export const COLUMNS: usize = 256
/** Sets of three rows. */
export const SETS: usize = 11
/** Bytes of a record's symbols. */
export const SYMBOLS: usize = 2816
/** Bytes of a table's row: a probe's 288 columns, and room to read vectors past the end. */
export const STRIDE: usize = 304
/** Bytes of a set's table: a row for each of 125 symbols. */
export const TABLE: usize = 38_000
/** Half of the fewest common code bits that give a score (duplicate-rule.ts). */
export const LEAST_COMMON_POSITIONS: u32 = 2048
