/** One step of the schema. Once released its SQL never changes: a later step mends it. */
export type Migration = { readonly number: number; readonly name: string; readonly sql: string }

/**
 * All steps in their order. Every unique key begins with the district, the column by which Citus
 * would distribute (docs/decisions/0024-postgresql-behind-the-store.md).
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'entries, writers and the check of the store key',
    sql: `
      CREATE TABLE personhood.district (
        district text COLLATE "C" PRIMARY KEY,
        key_check bytea NOT NULL
      );
      CREATE TABLE personhood.writer (
        district text COLLATE "C" NOT NULL,
        writer text COLLATE "C" NOT NULL,
        epoch bigint NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (district, writer)
      ) WITH (fillfactor = 50);
      CREATE TABLE personhood.entry (
        district text COLLATE "C" NOT NULL,
        row_key bytea NOT NULL,
        value bytea NOT NULL,
        PRIMARY KEY (district, row_key)
      );
      ALTER TABLE personhood.entry ALTER COLUMN value SET STORAGE EXTERNAL;
      COMMENT ON COLUMN personhood.entry.row_key IS 'name of the table, byte 0, key: UTF-8';
      COMMENT ON COLUMN personhood.entry.value IS 'nonce 12, AES-256-GCM ciphertext and tag 16; row_key is the AAD';
    `,
  },
]
