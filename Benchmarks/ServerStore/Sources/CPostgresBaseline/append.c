// DeployKit
// SPDX-License-Identifier: Apache-2.0
#include <CPostgresBaseline.h>
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOCK, NODES, BATCHES, SUMMARIES, ENTRIES, INSERT_NODES, INSERT_BATCH, STATEMENTS };

// The statements of the store's append, in its words; S stands for the schema.
static const char *const sql[STATEMENTS] = {
    [LOCK] = "SELECT size FROM S.head FOR UPDATE",
    [NODES] = "SELECT coalesce(max(idx) + 1, 0) FROM S.node",
    [BATCHES] = "SELECT key, first, count FROM S.batch WHERE key = ANY ($1::bytea[])",
    [SUMMARIES] = "SELECT name, count, first, last FROM S.stream WHERE sha256(name) = ANY ($1::bytea[])",
    [ENTRIES] = "INSERT INTO S.entry (position, stream, revision, header, salt, body) "
                "SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[], "
                "$5::bytea[], $6::bytea[])",
    [INSERT_NODES] = "INSERT INTO S.node (idx, hash) SELECT $1::bigint + place - 1, hash "
                     "FROM unnest($2::bytea[]) WITH ORDINALITY AS added (hash, place)",
    [INSERT_BATCH] = "INSERT INTO S.batch (first, count, key) VALUES ($1::bigint, $2::bigint, $3::bytea)",
};

struct buffer { char bytes[4096]; int count; };

static void number(struct buffer *to, int64_t value) {
    uint64_t wire = htobe64((uint64_t)value);
    memcpy(to->bytes + to->count, &wire, 8);
    to->count += 8;
}

static void word(struct buffer *to, int32_t value) {
    uint32_t wire = htonl((uint32_t)value);
    memcpy(to->bytes + to->count, &wire, 4);
    to->count += 4;
}

static struct buffer array(int32_t type, int count) {
    struct buffer made = {.count = 0};
    word(&made, 1), word(&made, 0), word(&made, type), word(&made, count), word(&made, 1);
    return made;
}

static struct buffer integers(int64_t value) {
    struct buffer made = array(20, 1);
    word(&made, 8), number(&made, value);
    return made;
}

static struct buffer strings(const char *bytes, int length, int count) {
    struct buffer made = array(17, count);
    for (int index = 0; index < count; index += 1) {
        word(&made, length);
        memcpy(made.bytes + made.count, bytes, (size_t)length);
        made.count += length;
    }
    return made;
}

static int complain(PGconn *connection) {
    fprintf(stderr, "the C loop: %s", PQerrorMessage(connection));
    PQfinish(connection);
    return -1;
}

static int ask(PGconn *connection, int which, int count, const struct buffer *values) {
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6"};
    const char *pointers[6];
    int lengths[6], formats[6];
    for (int index = 0; index < count; index += 1) {
        pointers[index] = values[index].bytes;
        lengths[index] = values[index].count;
        formats[index] = 1;
    }
    return PQsendQueryPrepared(connection, names[which], count, pointers, lengths, formats, 1);
}

// Takes all results up to the synchronisation point; the first integers of the first two rows.
static int drain(PGconn *connection, int64_t found[2]) {
    int row = 0;
    while (1) {
        PGresult *result = PQgetResult(connection);
        if (result == NULL) continue;
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_TUPLES_OK && PQntuples(result) == 1 && found != NULL && row < 2
            && PQftype(result, 0) == 20) {
            uint64_t wire;
            memcpy(&wire, PQgetvalue(result, 0, 0), 8);
            found[row] = (int64_t)be64toh(wire);
            row += 1;
        }
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC) return 0;
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return -1;
    }
}

double dk_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int dk_append(const char *place, const char *schema, int count, double *seconds) {
    PGconn *connection = PQconnectdb(place);
    if (PQstatus(connection) != CONNECTION_OK) return complain(connection);
    for (int which = 0; which < STATEMENTS; which += 1) {
        char text[1024] = "", name[2] = {(char)('0' + which), 0};
        size_t end = 0;
        for (const char *from = sql[which]; *from != 0; from += 1) {
            if (from[0] == 'S' && from[1] == '.') {
                end += (size_t)snprintf(text + end, sizeof text - end, "%s", schema);
            } else {
                text[end++] = *from;
            }
        }
        PQclear(PQprepare(connection, name, text, 0, NULL));
    }
    if (PQsetnonblocking(connection, 0) != 0 || PQenterPipelineMode(connection) != 1) {
        return complain(connection);
    }
    char digest[32], text[512];
    memset(text, 'x', sizeof text);
    long stamp = (long)time(NULL);
    srand((unsigned)stamp);
    for (int index = 0; index < count; index += 1) {
        double start = dk_clock();
        for (int byte = 0; byte < 32; byte += 1) digest[byte] = (char)rand();
        int64_t found[2] = {-1, -1};
        struct buffer keys = strings(digest, 32, 1);
        if (PQsendQueryParams(connection, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", 0,
                              NULL, NULL, NULL, NULL, 1) != 1
            || !ask(connection, LOCK, 0, NULL) || !ask(connection, NODES, 0, NULL)
            || !ask(connection, BATCHES, 1, &keys) || !ask(connection, SUMMARIES, 1, &keys)
            || PQpipelineSync(connection) != 1 || drain(connection, found) != 0) {
            return complain(connection);
        }
        int64_t size = found[0], nodes = found[1];
        // A stream of its own for each entry would be another load: a hundred share one.
        char name[64];
        int length = snprintf(name, sizeof name, "baseline/%ld-%d", stamp, index / 100);
        int added = __builtin_ctzll(~(unsigned long long)size) + 1;
        struct buffer entry[6] = {
            integers(size), strings(name, length, 1), integers(index % 100),
            strings(text, 320, 1), strings(digest, 32, 1), strings(text, 130, 1),
        };
        struct buffer tree[2] = {{.count = 0}, strings(digest, 32, added)};
        number(&tree[0], nodes);
        struct buffer batch[3] = {{.count = 0}, {.count = 0}, {.count = 32}};
        number(&batch[0], size), number(&batch[1], 1);
        memcpy(batch[2].bytes, digest, 32);
        if (!ask(connection, ENTRIES, 6, entry) || !ask(connection, INSERT_NODES, 2, tree)
            || !ask(connection, INSERT_BATCH, 3, batch)
            || PQsendQueryParams(connection, "COMMIT", 0, NULL, NULL, NULL, NULL, 1) != 1
            || PQpipelineSync(connection) != 1 || drain(connection, NULL) != 0) {
            return complain(connection);
        }
        seconds[index] = dk_clock() - start;
    }
    PQfinish(connection);
    return 0;
}
