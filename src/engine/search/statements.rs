//! The statements that read blocks to change or to verify the index.

/// Reads from SQLite the blocks that have, or would have, the given postings. Its parameters are the type, and the terms and
/// records of the postings as JSON.
pub const COVERING_SQLITE: &str = "SELECT b.id, b.term, b.record_id, b.postings FROM (
        SELECT DISTINCT (SELECT p.id FROM search_block AS p
            WHERE p.type = ?1 AND (p.term, p.record_id) <= (k.value ->> 0, k.value ->> 1)
            ORDER BY p.term DESC, p.record_id DESC LIMIT 1) AS id FROM json_each(?2) AS k
    ) AS i CROSS JOIN search_block AS b ON b.id = i.id ORDER BY b.term, b.record_id";

/// Like [`COVERING_SQLITE`], from PostgreSQL.
pub const COVERING_POSTGRES: &str = "SELECT b.id, b.term, b.record_id, b.postings FROM (
        SELECT DISTINCT p.id FROM jsonb_array_elements($2::jsonb) AS k(value) CROSS JOIN LATERAL (
            SELECT p.id FROM search_block AS p
            WHERE p.type = $1 AND (p.term, p.record_id) <= (k.value ->> 0, (k.value ->> 1)::bigint)
            ORDER BY p.term DESC, p.record_id DESC LIMIT 1) AS p
    ) AS i JOIN search_block AS b ON b.id = i.id ORDER BY b.term, b.record_id";

/// Reads the next blocks of a type in their order. Its parameters are the type, the term and record of the last block
/// that was read, and the number of blocks.
pub const NEXT: &str = "SELECT term, record_id, postings FROM search_block WHERE type = $1 AND (term, record_id) > ($2, $3)
    ORDER BY term, record_id LIMIT $4";

/// Reads the version of the index. Its row has no type.
pub const VERSION: &str = "SELECT record_id FROM search_block WHERE type = '' ORDER BY id LIMIT 1";
