// DeployKit
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift cannot call. Each switch is read back: an SQLite
// built without one of them must not pass for a hardened connection.
static inline int dk_sqlite_switch(sqlite3 *db, int option, int value) {
    int found = -1;
    int result = sqlite3_db_config(db, option, value, &found);
    if (result != SQLITE_OK) return result;
    return found == value ? SQLITE_OK : SQLITE_MISUSE;
}

// What a database file says about itself is not to be trusted: no rewriting of the schema, no
// functions with side effects from it, no loaded code, no string in double quotes.
static inline int dk_sqlite_harden(sqlite3 *db) {
    int result = dk_sqlite_switch(db, SQLITE_DBCONFIG_DEFENSIVE, 1);
    if (result == SQLITE_OK) result = dk_sqlite_switch(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
    if (result == SQLITE_OK) {
        result = dk_sqlite_switch(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0);
    }
    if (result == SQLITE_OK) result = dk_sqlite_switch(db, SQLITE_DBCONFIG_DQS_DDL, 0);
    if (result == SQLITE_OK) result = dk_sqlite_switch(db, SQLITE_DBCONFIG_DQS_DML, 0);
    if (result == SQLITE_OK) result = dk_sqlite_switch(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1);
    return result;
}

// SQLITE_TRANSIENT is a cast of -1 that Swift cannot import: SQLite copies what is bound.
// No bytes have no address in Swift, which SQLite would take for NULL.
static inline int dk_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes,
                                      sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT,
                               SQLITE_UTF8);
}

static inline int dk_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes,
                                      sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}
