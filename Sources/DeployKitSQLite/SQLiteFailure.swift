// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CSQLite
import DeployKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What SQLite said when it refused: the cause under an `AuditStoreError`.
public struct SQLiteFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code, see <https://www.sqlite.org/rescode.html>.
    public let resultCode: Int32
    /// SQLite's own sentence.
    public let message: String
    /// The operating system's `errno` beneath it, as far as SQLite knows; 0 where there is none.
    public let systemError: Int32

    init(resultCode: Int32, message: String, systemError: Int32 = 0) {
        self.resultCode = resultCode
        self.message = message
        self.systemError = systemError
    }

    /// The code and the sentence.
    public var description: String { "SQLite \(resultCode): \(message)" }

    /// The store's word for this failure of the file at `path`.
    func error(path: String, busyTimeout: Duration) -> AuditStoreError {
        let (code, sentence) = verdict(path: path, busyTimeout: busyTimeout)
        return AuditStoreError(code, sentence, underlying: self)
    }

    private func verdict(
        path: String,
        busyTimeout: Duration
    ) -> (AuditStoreError.Code, String) {
        switch (resultCode, resultCode & 0xFF) {
        case (_, SQLITE_BUSY), (_, SQLITE_LOCKED):
            (
                .busy,
                "'\(path)' is locked by another process for longer than "
                    + "\(busyTimeout.wholeMilliseconds) ms; try again"
            )
        case (SQLITE_READONLY | (3 << 8), _):  // SQLITE_READONLY_ROLLBACK
            (
                .readOnly,
                "'\(path)' holds an unfinished transaction, which a read-only open cannot undo; "
                    + "open it, or a copy of it and its '-journal' file, for writing"
            )
        case (SQLITE_READONLY | (4 << 8), _):  // SQLITE_READONLY_DBMOVED
            (.unavailable, "'\(path)' was moved or removed while it was open")
        case (SQLITE_READONLY | (6 << 8), _):  // SQLITE_READONLY_DIRECTORY
            (.readOnly, "the folder of '\(path)' may not be written, so nothing can be appended")
        case (_, SQLITE_READONLY):
            (.readOnly, "'\(path)' may be read but not written")
        case (_, SQLITE_FULL):
            (.full, "there is no room left to write '\(path)'")
        // SQLite calls only the disk full; a quota and a limit on files are told by the system.
        case (_, SQLITE_IOERR) where [ENOSPC, EDQUOT, EFBIG].contains(systemError):
            (.full, "there is no room left to write '\(path)': a quota or limit is reached")
        case (_, SQLITE_NOTADB):
            (.notAStore, "'\(path)' is no SQLite database")
        case (_, SQLITE_CORRUPT):
            (.damaged, "'\(path)' is damaged: \(message)")
        case (_, SQLITE_INTERRUPT):
            (.damaged, "'\(path)' is damaged: what it holds has no end")
        case (_, SQLITE_CONSTRAINT):
            (.damaged, "'\(path)' contradicts itself: \(message)")
        case (_, SQLITE_TOOBIG):
            (.invalidBatch, "a record or blob for '\(path)' is larger than 64 MiB")
        case (_, SQLITE_CANTOPEN):
            (.unavailable, "'\(path)', or a file beside it, cannot be opened: \(message)")
        default:
            (.unavailable, "'\(path)' could not be used: \(message)")
        }
    }
}
