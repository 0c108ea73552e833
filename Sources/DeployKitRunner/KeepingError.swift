// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a key or a note that is kept beside the store could not be used.
public struct KeepingError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// There is no key at this path.
        case keyAbsent = "key-absent"
        /// There is a key already; it is left as it is.
        case keyExists = "key-exists"
        /// Others could read or replace the file.
        case unsafe = "keeping-unsafe"
        /// The file is no Ed25519 private key in the form PKCS#8 PEM without a password.
        case keyMalformed = "key-malformed"
        /// The program `openssl` is absent or failed.
        case opensslUnavailable = "openssl-unavailable"
        /// The program `ssh-keygen` is absent or failed.
        case sshUnavailable = "ssh-unavailable"
        /// A note cannot be read back.
        case noteDamaged = "note-damaged"
        /// A file that was named as a head of a log holds none, or one that is not signed as it
        /// must be.
        case headMalformed = "head-malformed"
        /// A head is not believed: nobody signed it, or it contradicts what this machine kept.
        case headRefused = "head-refused"
        /// There is no such recovery on record, or it says something else than this machine knows.
        case recoveryRefused = "recovery-refused"
        /// The folder or a file in it cannot be read, made or written.
        case unavailable = "keeping-unavailable"
        /// Another process writes the note for longer than can be waited.
        case busy = "keeping-busy"
        /// The log is not the one whose head was kept, or lost a part of it.
        case diverged = "log-diverged"
        /// The store could not be read.
        case store = "keeping-store"
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was found and what was expected; never a part of a key.
    public let message: String
    /// What lies underneath, for whoever digs.
    public let underlying: (any Error)?

    /// A failure of a kind, with its sentence.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
