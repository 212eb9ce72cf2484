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
  {
    number: 2,
    name: 'the gallery in shards, their leases, and questions to whoever holds them',
    sql: `
      ALTER TABLE personhood.district ADD COLUMN shards int NOT NULL DEFAULT 64;
      CREATE TABLE personhood.gallery (
        district text COLLATE "C" NOT NULL,
        shard int NOT NULL,
        row_key bytea NOT NULL,
        value bytea,
        writer text COLLATE "C" NOT NULL,
        epoch bigint NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (district, shard, row_key)
      );
      ALTER TABLE personhood.gallery ALTER COLUMN value SET STORAGE EXTERNAL;
      CREATE INDEX gallery_by_key ON personhood.gallery (district, row_key);
      CREATE INDEX gallery_by_change ON personhood.gallery (district, shard, writer, epoch, seq);
      COMMENT ON COLUMN personhood.gallery.shard IS 'first 4 bytes of sha256(row_key), big-endian, modulo district.shards';
      COMMENT ON COLUMN personhood.gallery.value IS 'as entry.value; null = erased';
      COMMENT ON COLUMN personhood.gallery.seq IS 'with writer and epoch: the commit that set this row last';
      INSERT INTO personhood.gallery (district, shard, row_key, value, writer, epoch, seq)
        SELECT e.district, (('x' || encode(substr(sha256(e.row_key), 1, 4), 'hex'))::bit(32)::bigint & 4294967295) % d.shards,
          e.row_key, e.value, '', 0, 0
        FROM personhood.entry e JOIN personhood.district d USING (district)
        WHERE substr(e.row_key, 1, 8) = 'gallery\\000'::bytea;
      DELETE FROM personhood.entry WHERE substr(row_key, 1, 8) = 'gallery\\000'::bytea;
      ALTER TABLE personhood.entry ADD CONSTRAINT entry_without_gallery
        CHECK (substr(row_key, 1, 8) <> 'gallery\\000'::bytea);
      CREATE TABLE personhood.match_worker (
        district text COLLATE "C" NOT NULL,
        worker text COLLATE "C" NOT NULL,
        alive_until timestamptz NOT NULL,
        PRIMARY KEY (district, worker)
      );
      CREATE TABLE personhood.shard_lease (
        district text COLLATE "C" NOT NULL,
        shard int NOT NULL,
        epoch bigint NOT NULL DEFAULT 0,
        worker text COLLATE "C",
        lease_until timestamptz NOT NULL DEFAULT '-infinity',
        PRIMARY KEY (district, shard)
      ) WITH (fillfactor = 50);
      CREATE UNLOGGED TABLE personhood.question (
        district text COLLATE "C" NOT NULL,
        question text COLLATE "C" NOT NULL,
        asker text COLLATE "C" NOT NULL,
        expires timestamptz NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (district, question)
      );
      CREATE UNLOGGED TABLE personhood.answer (
        district text COLLATE "C" NOT NULL,
        asker text COLLATE "C" NOT NULL,
        answer text COLLATE "C" NOT NULL,
        question text COLLATE "C" NOT NULL,
        worker text COLLATE "C" NOT NULL,
        expires timestamptz NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (district, asker, answer)
      );
      COMMENT ON TABLE personhood.question IS 'lives for seconds; lost with a crash of the server and asked again';
    `,
  },
]
