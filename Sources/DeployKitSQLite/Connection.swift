// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CSQLite
import DeployKit

/// One open database, and the only place that touches SQLite's pointers.
///
/// Not to be used by two threads at once; the store's actor sees to that.
@safe
final class Connection {
    /// Rows larger than this are neither written nor read.
    static let largestRowInBytes: Int32 = 64 << 20

    private let handle: OpaquePointer
    private var prepared: [OpaquePointer?]
    private let path: String
    let busyTimeout: Duration

    /// Opens `file` with SQLite's flags; errors name it `path`, as the caller spelt it.
    init(
        file: String,
        named path: String,
        flags: Int32,
        busyTimeout: Duration
    ) throws(AuditStoreError) {
        var opened: OpaquePointer?
        // No mutex of SQLite's own: one thread at a time uses a connection.
        let result = sqlite3_open_v2(
            file,
            &opened,
            flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
            nil
        )
        guard let opened else {
            throw AuditStoreError(.unavailable, "there is no memory left to open '\(path)'")
        }
        handle = opened
        prepared = Array(repeating: nil, count: Query.allCases.count)
        self.path = path
        self.busyTimeout = busyTimeout
        guard result == SQLITE_OK else { throw failure(result) }
        let hardened = dk_sqlite_harden(opened)
        guard hardened == SQLITE_OK else {
            throw AuditStoreError(
                .unavailable,
                "this SQLite (\(Self.libraryVersion)) cannot be opened defensively",
                underlying: SQLiteFailure(resultCode: hardened, message: "sqlite3_db_config")
            )
        }
        waitForLocks(busyTimeout)
        sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, Self.largestRowInBytes)
        sqlite3_limit(opened, SQLITE_LIMIT_SQL_LENGTH, 100_000)
        sqlite3_limit(opened, SQLITE_LIMIT_EXPR_DEPTH, 50)
        sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 0)
    }

    deinit {
        for statement in prepared { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// Whether SQLite fell back to reading only, because of the file's permissions.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether the file's header says that it is read with a write-ahead log.
    ///
    /// Read past SQLite's cache and locks, but through its file: whoever opens a database file on
    /// his own and closes it again, gives up every lock that his process has on it.
    var isInWriteAheadMode: Bool {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        guard result == SQLITE_OK, let file, let read = file.pointee.pMethods?.pointee.xRead
        else { return false }
        // <https://www.sqlite.org/fileformat2.html#the_database_header>: 2 for such a log.
        var version: UInt8 = 0
        return read(file, &version, 1, 19) == SQLITE_OK && version == 2
    }

    /// Whether the file that is open bears its name no more: it was replaced, moved or removed.
    var hasMoved: Bool {
        var moved: Int32 = 0
        let result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return result == SQLITE_OK && moved != 0
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Lets each of the statements that follow wait for other processes' locks so long.
    func waitForLocks(_ duration: Duration) {
        let milliseconds = max(0, min(duration.wholeMilliseconds, Int64(Int32.max)))
        sqlite3_busy_timeout(handle, Int32(milliseconds))
    }

    /// Runs `body`, no statement of which takes so many steps in a sound file: the branches of a
    /// hostile one may all lead to the same page, and the walk through them never ends.
    func bounded<Value>(
        steps: Int = 1_000_000,
        _ body: (Connection) throws(AuditStoreError) -> Value
    ) throws(AuditStoreError) -> Value {
        let most = Int32(clamping: steps)
        sqlite3_progress_handler(handle, most, { _ in 1 }, nil)
        defer { sqlite3_progress_handler(handle, 0, nil, nil) }
        return try body(self)
    }

    /// More steps than a walk through all rows of a sound table takes: a row of a summary, the
    /// smallest that is walked through, takes more bytes than steps.
    func stepsThroughAllRows() throws(AuditStoreError) -> Int {
        try 1_000_000 + integer("PRAGMA page_count") * integer("PRAGMA page_size")
    }

    /// Writes the file anew, row by row: SQLite attaches a temporary database for it.
    func vacuum() throws(AuditStoreError) {
        let attached = sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 1)
        defer { sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, attached) }
        try bounded(steps: stepsThroughAllRows()) { connection throws(AuditStoreError) in
            try connection.run("VACUUM")
        }
    }

    /// Runs one of the store's statements, which is prepared once.
    func run(
        _ query: Query,
        bind: (Statement) throws(AuditStoreError) -> Void = { _ in },
        row: (Statement) throws(AuditStoreError) -> Void = { _ in }
    ) throws(AuditStoreError) {
        let pointer: OpaquePointer
        if let cached = prepared[query.rawValue] {
            pointer = cached
        } else {
            pointer = try prepare(query.sql)
            prepared[query.rawValue] = pointer
        }
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
        }
        try step(pointer, bind: bind, row: row)
    }

    /// Runs a statement that is needed once; its text is never made of values.
    func run(
        _ sql: String,
        row: (Statement) throws(AuditStoreError) -> Void = { _ in }
    ) throws(AuditStoreError) {
        let pointer = try prepare(sql)
        defer { sqlite3_finalize(pointer) }
        try step(pointer, bind: { _ in }, row: row)
    }

    /// The first column of the only row, as an integer.
    func integer(_ sql: String) throws(AuditStoreError) -> Int {
        var value = 0
        try run(sql) { row throws(AuditStoreError) in value = try row.integer(0) }
        return value
    }

    /// Overwrites a value of the table `blob` with zeros where it stands, past the triggers, which
    /// are there for statements.
    func overwrite(_ column: String, inRow row: Int) throws(AuditStoreError) {
        var opened: OpaquePointer?
        var result = sqlite3_blob_open(handle, "main", "blob", column, Int64(row), 1, &opened)
        guard result == SQLITE_OK, let opened else { throw failure(result) }
        let zeros = [UInt8](repeating: 0, count: Int(sqlite3_blob_bytes(opened)))
        if !zeros.isEmpty {
            result = zeros.withUnsafeBytes {
                sqlite3_blob_write(opened, $0.baseAddress, Int32($0.count), 0)
            }
        }
        let closed = sqlite3_blob_close(opened)
        guard result == SQLITE_OK, closed == SQLITE_OK else {
            throw failure(result == SQLITE_OK ? closed : result)
        }
    }

    /// Copies every page into `target`, which must be empty.
    func copy(to target: Connection) throws(AuditStoreError) {
        guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.failure(sqlite3_extended_errcode(target.handle))
        }
        var result = sqlite3_backup_step(backup, -1)
        let finished = sqlite3_backup_finish(backup)
        if result == SQLITE_DONE { result = finished }
        guard result == SQLITE_OK else {
            // A lock is the source's; room and permissions are the target's.
            throw [SQLITE_BUSY, SQLITE_LOCKED].contains(result & 0xFF)
                ? failure(result, message: "locked") : target.failure(result)
        }
    }

    /// The error for a result code that a call on this connection just gave.
    func failure(_ result: Int32, message: String? = nil) -> AuditStoreError {
        SQLiteFailure(
            resultCode: result,
            message: message ?? String(cString: sqlite3_errmsg(handle)),
            systemError: systemError
        ).error(path: path, busyTimeout: busyTimeout)
    }

    /// The system's error beneath the last failure; the file remembers it when the connection,
    /// which undid something since, does not. Nobody remembers it for a journal that is closed.
    private var systemError: Int32 {
        var number = sqlite3_system_errno(handle)
        if number == 0 {
            sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &number)
        }
        return number
    }

    /// How many steps the prepared statements took since this was last asked.
    func takeSteps() -> Int {
        prepared.compactMap(\.self).reduce(0) { sum, statement in
            sum + Int(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1))
        }
    }

    private func prepare(_ sql: String) throws(AuditStoreError) -> OpaquePointer {
        var pointer: OpaquePointer?
        let result = sqlite3_prepare_v3(
            handle,
            sql,
            -1,
            UInt32(SQLITE_PREPARE_PERSISTENT),
            &pointer,
            nil
        )
        guard result == SQLITE_OK, let pointer else { throw failure(result) }
        return pointer
    }

    private func step(
        _ pointer: OpaquePointer,
        bind: (Statement) throws(AuditStoreError) -> Void,
        row: (Statement) throws(AuditStoreError) -> Void
    ) throws(AuditStoreError) {
        let statement = Statement(pointer: pointer, connection: self)
        try bind(statement)
        while true {
            let result = sqlite3_step(pointer)
            switch result {
            case SQLITE_ROW: try row(statement)
            case SQLITE_DONE: return
            // What is to be written is too large for any store; what is read was never written.
            case SQLITE_TOOBIG where sqlite3_stmt_readonly(pointer) != 0:
                throw failure(SQLITE_CORRUPT, message: "a row is larger than any that is written")
            default: throw failure(result)
            }
        }
    }
}

/// A statement at work: parameters count from 1, columns from 0, as SQLite has it.
@safe
struct Statement {
    fileprivate let pointer: OpaquePointer
    let connection: Connection

    func bind(_ index: Int32, _ value: Int) throws(AuditStoreError) {
        try check(sqlite3_bind_int64(pointer, index, Int64(value)))
    }

    /// Binds text by its count of bytes: a NUL within is kept.
    func bind(_ index: Int32, _ value: String) throws(AuditStoreError) {
        var value = value
        try check(
            value.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    dk_sqlite_bind_text(pointer, index, $0.baseAddress, UInt64($0.count))
                }
            }
        )
    }

    func bind(_ index: Int32, _ value: [UInt8]) throws(AuditStoreError) {
        try check(
            value.withUnsafeBytes {
                dk_sqlite_bind_blob(pointer, index, $0.baseAddress, UInt64($0.count))
            }
        )
    }

    func bind(_ index: Int32, _ value: Digest) throws(AuditStoreError) {
        try bind(index, value.bytes)
    }

    // A file may hold any type in any column, whatever it declares; SQLite would convert it.

    func isText(_ column: Int32) -> Bool {
        sqlite3_column_type(pointer, column) == SQLITE_TEXT
    }

    func integer(_ column: Int32) throws(AuditStoreError) -> Int {
        try checkType(SQLITE_INTEGER, of: column, "an integer")
        return Int(sqlite3_column_int64(pointer, column))
    }

    /// Text by its count of bytes; bytes that are no UTF-8 are damage, not replaced.
    func text(_ column: Int32) throws(AuditStoreError) -> String {
        try checkType(SQLITE_TEXT, of: column, "a text")
        guard let start = sqlite3_column_text(pointer, column) else { return "" }
        let count = Int(sqlite3_column_bytes(pointer, column))
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        guard let text = String(checking: bytes[...]) else {
            throw connection.failure(SQLITE_CORRUPT, message: "a text is no UTF-8")
        }
        return text
    }

    func bytes(_ column: Int32) throws(AuditStoreError) -> [UInt8] {
        try checkType(SQLITE_BLOB, of: column, "a blob")
        guard let start = sqlite3_column_blob(pointer, column) else { return [] }
        let count = Int(sqlite3_column_bytes(pointer, column))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    private func checkType(
        _ type: Int32,
        of column: Int32,
        _ name: String
    ) throws(AuditStoreError) {
        guard sqlite3_column_type(pointer, column) == type else {
            throw connection.failure(SQLITE_CORRUPT, message: "a value is not \(name)")
        }
    }

    func digest(_ column: Int32) throws(AuditStoreError) -> Digest {
        guard let digest = Digest(array: try bytes(column)) else {
            throw connection.failure(SQLITE_CORRUPT, message: "a digest has not 32 bytes")
        }
        return digest
    }

    private func check(_ result: Int32) throws(AuditStoreError) {
        guard result == SQLITE_OK else { throw connection.failure(result) }
    }
}
