// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Keeps an audit log in one SQLite file, for one host and one user of the operating system.
///
/// An append that returned survives the death of the process and of the machine: SQLite's rollback
/// journal, synchronised at every step (`synchronous=EXTRA`). Several processes may have the file
/// open; one writes at a time, the others wait up to the busy timeout. The file is made with mode
/// 0600, marked with the application ID 1146112852 (`DPKT`), and its schema is compared with the
/// expected one before a row is read.
///
/// Copy a store with ``backup(to:)``, never as a file: a copy made in the middle of an append has
/// the journal's half of the truth only. Network file systems do not lock reliably; do not keep a
/// store on one.
public actor SQLiteAuditStore: AuditStore {
    /// What the store is opened for.
    public enum Access: Hashable, Sendable {
        /// To append and to read; a file that does not exist is made where `create` is true.
        case readWrite(create: Bool)
        /// To read only. An unfinished transaction in the file, which would have to be undone
        /// first, is an error of code `readOnly`.
        case readOnly
    }

    /// How an append is made whole.
    public enum Journal: Hashable, Sendable {
        /// A journal beside the file, overwritten in place (`journal_mode=PERSIST`).
        case rollback
        /// A write-ahead log: faster, and readers do not wait; but copying the main file alone
        /// loses appends, and SQLite before 3.51.3 (3.50.7 and 3.44.6 apart) can drop a commit:
        /// there the store does not open.
        case writeAheadLog
    }

    /// How far a commit waits for the disk.
    package enum Synchronous: String, Sendable {
        /// Until the append survives a loss of power.
        case extra = "EXTRA"
        /// Not at all, for measurements and tests.
        case off = "OFF"
    }

    /// The path as it was given.
    public nonisolated let path: String

    private let thread = StoreThread()
    private let busyTimeout: Duration
    private var connection: Connection?

    /// The thread that all work of this store runs on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// Opens the store at `path`, or makes it.
    ///
    /// - Parameters:
    ///   - path: The file, in a folder that exists. `:memory:` is a store that ends with this
    ///     value.
    ///   - access: What the store is opened for; by default to append, and made where missing.
    ///   - journal: How an append is made whole.
    ///   - busyTimeout: How long to wait for another process's lock, 5 seconds by default.
    /// - Throws: `AuditStoreError`. Code `notAStore`: a folder, a symbolic link, an empty file,
    ///   a file of another application, or one whose schema is not exactly a store's. Code
    ///   `newerVersion`: written by a newer version. Code `readOnly`: may not be written, or only
    ///   read although a transaction has to be undone. Code `damaged`: cut short or overwritten.
    ///   Code `busy`: locked by another process. Code `unavailable`: missing, or anything else.
    public init(
        path: String,
        access: Access = .readWrite(create: true),
        journal: Journal = .rollback,
        busyTimeout: Duration = .seconds(5)
    ) async throws(AuditStoreError) {
        try await self.init(
            path: path,
            access: access,
            journal: journal,
            busyTimeout: busyTimeout,
            synchronous: .extra,
            largestFileInPages: nil
        )
    }

    /// For measurements and tests: commits that do not wait, a disk that fills up, and a
    /// write-ahead log whatever the version of SQLite.
    package init(
        path: String,
        access: Access = .readWrite(create: true),
        journal: Journal = .rollback,
        busyTimeout: Duration = .seconds(5),
        synchronous: Synchronous,
        largestFileInPages: Int? = nil,
        trustsWriteAheadLog: Bool = Journal.isReliableWriteAheadLog
    ) async throws(AuditStoreError) {
        self.path = path
        self.busyTimeout = busyTimeout
        connection = nil
        try open(
            Connection.Options(
                access: access,
                journal: journal,
                synchronous: synchronous,
                busyTimeout: busyTimeout,
                largestFileInPages: largestFileInPages,
                trustsWriteAheadLog: trustsWriteAheadLog
            )
        )
    }

    private func open(_ options: Connection.Options) throws(AuditStoreError) {
        connection = try Connection.open(path, options)
    }

    /// Closes the file; every later call throws `AuditStoreError` of code `unavailable`.
    ///
    /// A store that is not closed is closed when the last reference to it goes.
    public func close() {
        connection = nil
    }

    /// Writes a copy of the store, as of one moment, into a new file of mode 0600.
    ///
    /// - Throws: `AuditStoreError`, code `unavailable` when something stands at `target` already.
    public func backup(to target: String) throws(AuditStoreError) {
        try backup(to: target, named: target)
    }

    /// The same, with errors that name the file by the name that it gets in the end.
    package func backup(to target: String, named name: String) throws(AuditStoreError) {
        let source = try live()
        let file = try StoreFile(target, named: name)
        let made = try file.create { temporary throws(AuditStoreError) in
            try source.copy(to: Connection(emptyFile: temporary, named: name, busyTimeout))
        }
        guard made else {
            throw AuditStoreError(.unavailable, "'\(name)' exists already; a backup is a new file")
        }
    }

    /// Keeps every other writer out of the file until this store is closed.
    ///
    /// - Returns: Whether the file still bears its name; when it does not, nobody is kept out of
    ///   what stands there now.
    package func keepWritersOut() throws(AuditStoreError) -> Bool {
        let connection = try live()
        try connection.run(.beginImmediate)
        return !connection.hasMoved
    }

    /// Looks for contradictions within the file: SQLite's own check of pages and indexes, rows
    /// that are missing, derived rows that differ from what they derive from.
    ///
    /// Reads the whole file. What the rows say is not judged here; the hash tree does that.
    ///
    /// - Returns: What was found, in sentences; empty when the file is sound.
    public func faults() throws(AuditStoreError) -> [String] {
        try live().reading { connection throws(AuditStoreError) in try connection.faults() }
    }

    /// Derives the summaries of all streams anew from the records.
    public func rebuildIndex() throws(AuditStoreError) {
        let connection = try live()
        try connection.writing(found: { _ throws(AuditStoreError) in false }) {
            connection throws(AuditStoreError) in
            try connection.rebuildIndex()
        }
    }

    /// Appends in one `BEGIN IMMEDIATE` transaction.
    ///
    /// Beyond the promise, the code is `invalidBatch` where the batch contradicts itself, and
    /// `damaged` where the tree holds another number of nodes than the batch was made for. A batch
    /// that erases takes as long as writing the whole file, and as much room beside it; with a
    /// write-ahead log that a reader holds on to, it is appended and the code is `busy`.
    public func append(_ batch: AuditBatch) throws(AuditStoreError) {
        try batch.checkShape()
        let connection = try live()
        let append = { (check: () throws(AuditStoreError) -> Void) throws(AuditStoreError) in
            try connection.writing(
                found: { connection throws(AuditStoreError) in
                    let position = batch.firstPosition
                    return try connection.records(in: position..<position + 1) == [batch.records[0]]
                }
            ) { connection throws(AuditStoreError) in
                try check()
                try connection.append(batch)
            }
        }
        guard batch.erasing.isEmpty else { return try connection.erasing(append) }
        try append { () throws(AuditStoreError) in }
    }

    /// Writes the whole file anew and empties the journal; `busy` while another process reads.
    public func forgetErased() throws(AuditStoreError) { try live().forgetErased() }

    /// Adds to the promise: counts that contradict each other are `damaged`.
    public func count() throws(AuditStoreError) -> Int {
        try live().reading { connection throws(AuditStoreError) in try connection.count() }
    }

    /// Adds to the promise: a gap in the positions is `damaged`.
    public func records(in positions: Range<Int>) throws(AuditStoreError) -> [AuditRecord] {
        try live().reading { connection throws(AuditStoreError) in
            try connection.records(in: positions)
        }
    }

    /// Adds to the promise: a gap in the revisions, or fewer than the summary says, is `damaged`.
    public func records(
        of stream: StreamID,
        from revision: Int,
        limit: Int
    ) throws(AuditStoreError) -> [AuditRecord] {
        try live().reading { connection throws(AuditStoreError) in
            try connection.records(of: stream, from: revision, limit: limit)
        }
    }

    /// Costs O(`limit`) for a prefix that ends its first path component, as `deployment/` does.
    public func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) throws(AuditStoreError) -> [StreamSummary] {
        try live().streams(withPrefix: prefix, before: position, limit: limit)
    }

    /// Read from the derived table, at the cost of one look-up.
    public func summary(of stream: StreamID) throws(AuditStoreError) -> StreamSummary? {
        try live().summary(of: stream)
    }

    /// Read as of one moment.
    public func nodes(at indexes: [Int]) throws(AuditStoreError) -> [Digest] {
        try live().reading { connection throws(AuditStoreError) in
            try connection.nodes(at: indexes)
        }
    }

    /// The blob is not hashed here.
    public func blob(_ digest: Digest) throws(AuditStoreError) -> Blob? {
        try live().blob(digest)
    }

    /// Read from the index of digests alone.
    public func blobs(after digest: Digest?, limit: Int) throws(AuditStoreError) -> [Digest] {
        try live().blobs(after: digest, limit: limit)
    }

    /// Read at the cost of one look-up.
    public func positions(forKey key: Digest) throws(AuditStoreError) -> Range<Int>? {
        try live().positions(forKey: key)
    }

    /// Read as of one moment.
    public func positions(forKeys keys: [Digest]) throws(AuditStoreError) -> [Range<Int>?] {
        try live().reading { connection throws(AuditStoreError) in
            var found: [Range<Int>?] = []
            for key in keys { found.append(try connection.positions(forKey: key)) }
            return found
        }
    }

    /// What SQLite says of the connection's settings, by pragma.
    package func settings() throws(AuditStoreError) -> [String: String] {
        let connection = try live()
        var settings: [String: String] = [:]
        for name in Connection.settings {
            try connection.run("PRAGMA \(name)") { row throws(AuditStoreError) in
                settings[name] = row.isText(0) ? try row.text(0) : "\(try row.integer(0))"
            }
        }
        return settings
    }

    /// How many steps SQLite's machine took for the store's statements since this was last asked: a
    /// measure of work that no load of the computer changes.
    package func takeSteps() throws(AuditStoreError) -> Int { try live().takeSteps() }

    private func live() throws(AuditStoreError) -> Connection {
        guard let connection else {
            throw AuditStoreError(.unavailable, "'\(path)' was closed")
        }
        return connection
    }
}
