// DeployKit
// SPDX-License-Identifier: Apache-2.0
#include <CBaseline.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bytes { const void *start; int count; };
struct entry { int64_t position, revision, stream_first; struct bytes stream, header, salt, body; };
struct batch { int64_t first, count; struct bytes key; };
struct blob { struct bytes digest, salt, bytes; };

static struct bytes copy(sqlite3_stmt *row, int column) {
    int count = sqlite3_column_bytes(row, column);
    void *start = malloc((size_t)count + 1);
    memcpy(start, sqlite3_column_blob(row, column), (size_t)count);
    return (struct bytes){start, count};
}

static int64_t number(sqlite3 *db, const char *sql) {
    sqlite3_stmt *row;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK) return -1;
    if (sqlite3_step(row) == SQLITE_ROW) value = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return value;
}

enum {
    BEGIN, COMMIT, COUNT, NODES, LAST, BATCH, SUMMARY, ENTRY, NODE, BLOB, KEY, STREAM, STATEMENTS
};

// The statements of the store's append, in its words.
static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [COUNT] = "SELECT coalesce(max(position) + 1, 0) FROM entry",
    [NODES] = "SELECT coalesce(max(idx) + 1, 0) FROM node",
    [LAST] = "SELECT coalesce(max(last) + 1, 0) FROM ix_stream",
    [BATCH] = "SELECT first, count FROM batch WHERE key = ?1",
    [SUMMARY] = "SELECT stream, count, first, last FROM ix_stream WHERE stream = ?1",
    [ENTRY] = "INSERT INTO entry (position, stream, revision, header, salt, body) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [NODE] = "INSERT INTO node (idx, hash) VALUES (?1, ?2)",
    [BLOB] = "INSERT INTO blob (digest, salt, bytes) VALUES (?1, ?2, ?3)",
    [KEY] = "INSERT INTO batch (first, count, key) VALUES (?1, ?2, ?3)",
    [STREAM] = "INSERT INTO ix_stream (stream, root, count, first, last) "
               "VALUES (?1, ?2, ?3, ?4, ?5) "
               "ON CONFLICT (stream) DO UPDATE SET count = excluded.count, last = excluded.last",
};

struct target { sqlite3 *db; sqlite3_stmt *statements[STATEMENTS]; };

static int step(struct target *target, int which) {
    sqlite3_stmt *statement = target->statements[which];
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {}
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static void blob(struct target *target, int which, int index, struct bytes value) {
    sqlite3_bind_blob(target->statements[which], index, value.start, value.count, SQLITE_TRANSIENT);
}

static void text(struct target *target, int which, int index, struct bytes value, int count) {
    sqlite3_bind_text(target->statements[which], index, value.start, count, SQLITE_TRANSIENT);
}

static void integer(struct target *target, int which, int index, int64_t value) {
    sqlite3_bind_int64(target->statements[which], index, value);
}

// The part of a stream's name by which lists find it: up to its first slash, and with it.
static int root(struct bytes stream) {
    const char *slash = memchr(stream.start, '/', (size_t)stream.count);
    return slash ? (int)(slash - (const char *)stream.start) + 1 : 0;
}

static int nodes_before(int64_t size) {
    int64_t count = 0;
    for (; size > 0; size >>= 1) count += size;
    return (int)count;
}

static int write_batch(struct target *target, const struct batch *batch,
                       const struct entry *entries, const struct bytes *hashes,
                       const struct blob *blobs, int blob_count) {
    int result = step(target, BEGIN);
    blob(target, BATCH, 1, batch->key);
    result |= step(target, BATCH);
    int64_t end = batch->first + batch->count;
    for (int64_t i = batch->first; i < end; i++) {
        const struct bytes stream = entries[i].stream;
        if (i > batch->first && stream.count == entries[i - 1].stream.count &&
            memcmp(stream.start, entries[i - 1].stream.start, (size_t)stream.count) == 0) {
            continue;
        }
        text(target, SUMMARY, 1, stream, stream.count);
        result |= step(target, SUMMARY);
    }
    result |= step(target, COUNT) | step(target, LAST) | step(target, NODES);
    for (int64_t i = batch->first; i < end; i++) {
        integer(target, ENTRY, 1, entries[i].position);
        text(target, ENTRY, 2, entries[i].stream, entries[i].stream.count);
        integer(target, ENTRY, 3, entries[i].revision);
        blob(target, ENTRY, 4, entries[i].header);
        blob(target, ENTRY, 5, entries[i].salt);
        blob(target, ENTRY, 6, entries[i].body);
        result |= step(target, ENTRY);
    }
    for (int64_t i = batch->first; i < end; i++) {
        const struct entry *entry = &entries[i];
        const struct bytes stream = entry->stream;
        if (i + 1 < end && stream.count == entries[i + 1].stream.count &&
            memcmp(stream.start, entries[i + 1].stream.start, (size_t)stream.count) == 0) {
            continue;
        }
        text(target, STREAM, 1, stream, stream.count);
        text(target, STREAM, 2, stream, root(stream));
        integer(target, STREAM, 3, entry->revision + 1);
        integer(target, STREAM, 4, entry->stream_first);
        integer(target, STREAM, 5, entry->position);
        result |= step(target, STREAM);
    }
    for (int64_t i = nodes_before(batch->first); i < nodes_before(end); i++) {
        integer(target, NODE, 1, i);
        blob(target, NODE, 2, hashes[i]);
        result |= step(target, NODE);
    }
    for (int i = 0; i < blob_count; i++) {
        blob(target, BLOB, 1, blobs[i].digest);
        blob(target, BLOB, 2, blobs[i].salt);
        blob(target, BLOB, 3, blobs[i].bytes);
        result |= step(target, BLOB);
    }
    integer(target, KEY, 1, batch->first);
    integer(target, KEY, 2, batch->count);
    blob(target, KEY, 3, batch->key);
    result |= step(target, KEY);
    return result | step(target, COMMIT);
}

static int open_target(sqlite3 *source, const char *path, struct target *target, char *settings,
                       int capacity) {
    unlink(path);
    int result = sqlite3_open_v2(
        path, &target->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        NULL);
    if (result != SQLITE_OK) return result;
    sqlite3_db_config(target->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    // What the store sets, see SQLiteAuditStore; the rest stays at SQLite's defaults on both sides.
    result = sqlite3_exec(
        target->db,
        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
        "PRAGMA mmap_size = 0; PRAGMA cache_size = -32768; PRAGMA recursive_triggers = ON;"
        "PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA;"
        "PRAGMA journal_mode = PERSIST; PRAGMA journal_size_limit = 1048576;",
        NULL, NULL, NULL);
    if (result != SQLITE_OK) return result;
    sqlite3_stmt *row;
    sqlite3_prepare_v2(source, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL", -1, &row,
                       NULL);
    while (result == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW) {
        result = sqlite3_exec(target->db, (const char *)sqlite3_column_text(row, 0), NULL, NULL,
                              NULL);
    }
    sqlite3_finalize(row);
    for (int i = 0; i < STATEMENTS && result == SQLITE_OK; i++) {
        result = sqlite3_prepare_v3(target->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &target->statements[i], NULL);
    }
    static const char *const names[] = {"journal_mode", "synchronous", "foreign_keys",
                                        "recursive_triggers", "cell_size_check", "page_size",
                                        "cache_size"};
    int length = snprintf(settings, (size_t)capacity, "SQLite %s", sqlite3_libversion());
    for (unsigned i = 0; i < sizeof names / sizeof *names && result == SQLITE_OK; i++) {
        char pragma[64];
        snprintf(pragma, sizeof pragma, "PRAGMA %s", names[i]);
        sqlite3_prepare_v2(target->db, pragma, -1, &row, NULL);
        if (sqlite3_step(row) == SQLITE_ROW && length < capacity) {
            length += snprintf(settings + length, (size_t)(capacity - length), ", %s=%s", names[i],
                               (const char *)sqlite3_column_text(row, 0));
        }
        sqlite3_finalize(row);
    }
    return result;
}

int dk_replay(const char *from, const char *to, int64_t position, struct dk_cost *cost,
              char *settings, int capacity) {
    sqlite3 *source;
    int result = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY, NULL);
    if (result != SQLITE_OK) return result;
    int64_t size = number(source, "SELECT count(*) FROM entry");
    int64_t nodes = number(source, "SELECT count(*) FROM node");
    int64_t batches = number(source, "SELECT count(*) FROM batch");
    int64_t blobs = number(source, "SELECT count(*) FROM blob");
    // Everything is in memory before the clock starts; it is never freed, as the process ends soon.
    struct entry *entries = calloc((size_t)size + 1, sizeof *entries);
    struct bytes *hashes = calloc((size_t)nodes + 1, sizeof *hashes);
    struct batch *keys = calloc((size_t)batches + 1, sizeof *keys);
    struct blob *contents = calloc((size_t)blobs + 1, sizeof *contents);
    sqlite3_stmt *row;
    sqlite3_prepare_v2(source,
                       "SELECT position, stream, revision, header, salt, body, "
                       "(SELECT first FROM ix_stream WHERE stream = entry.stream) "
                       "FROM entry ORDER BY position", -1, &row, NULL);
    for (int64_t i = 0; i < size && sqlite3_step(row) == SQLITE_ROW; i++) {
        entries[i] = (struct entry){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 2),
                                    sqlite3_column_int64(row, 6), copy(row, 1), copy(row, 3),
                                    copy(row, 4), copy(row, 5)};
    }
    sqlite3_finalize(row);
    sqlite3_prepare_v2(source, "SELECT hash FROM node ORDER BY idx", -1, &row, NULL);
    for (int64_t i = 0; i < nodes && sqlite3_step(row) == SQLITE_ROW; i++) hashes[i] = copy(row, 0);
    sqlite3_finalize(row);
    sqlite3_prepare_v2(source, "SELECT first, count, key FROM batch ORDER BY first", -1, &row,
                       NULL);
    for (int64_t i = 0; i < batches && sqlite3_step(row) == SQLITE_ROW; i++) {
        keys[i] = (struct batch){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                                 copy(row, 2)};
    }
    sqlite3_finalize(row);
    sqlite3_prepare_v2(source, "SELECT digest, salt, bytes FROM blob ORDER BY rowid", -1, &row,
                       NULL);
    for (int64_t i = 0; i < blobs && sqlite3_step(row) == SQLITE_ROW; i++) {
        contents[i] = (struct blob){copy(row, 0), copy(row, 1), copy(row, 2)};
    }
    sqlite3_finalize(row);

    struct target target = {0};
    result = open_target(source, to, &target, settings, capacity);
    sqlite3_close(source);
    struct dk_cost start = dk_now();
    for (int64_t i = 0; i < batches && result == SQLITE_OK; i++) {
        if (keys[i].first == position) start = dk_now();
        // Which blobs came with which batch is not stored: all of them go with the first.
        result = write_batch(&target, &keys[i], entries, hashes, contents, i == 0 ? (int)blobs : 0);
    }
    struct dk_cost end = dk_now();
    *cost = (struct dk_cost){end.wall - start.wall, end.cpu - start.cpu, end.peak_rss_in_kib, 0};
    if (result == SQLITE_OK && number(target.db, "SELECT count(*) FROM entry") != size) result = -1;
    for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(target.statements[i]);
    sqlite3_close(target.db);
    return result;
}

int dk_dump(const char *from, const char *to, int64_t *bytes) {
    sqlite3 *source;
    int result = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY, NULL);
    if (result != SQLITE_OK) return result;
    FILE *file = fopen(to, "wb");
    if (!file) return SQLITE_CANTOPEN;
    sqlite3_stmt *row;
    sqlite3_prepare_v2(source, "SELECT header, salt, body FROM entry ORDER BY position", -1, &row,
                       NULL);
    *bytes = 0;
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        for (int i = 0; i < 3; i++) {
            *bytes += (int64_t)fwrite(sqlite3_column_blob(row, i), 1,
                                      (size_t)sqlite3_column_bytes(row, i), file);
        }
    }
    sqlite3_finalize(row);
    sqlite3_close(source);
    return fclose(file) == 0 && result == SQLITE_DONE ? SQLITE_OK : SQLITE_IOERR;
}
