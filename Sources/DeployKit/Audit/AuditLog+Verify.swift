// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a verification of a whole log found.
public struct VerificationReport: Hashable, Sendable {
    /// The answer in one word.
    public enum Verdict: String, Hashable, Sendable {
        /// The log is whole and contains every head that was kept elsewhere.
        case anchored = "ANCHORED"
        /// The log is whole, but nothing outside tells that it is still the same log.
        case unanchored = "UNANCHORED"
        /// The log is whole, but another one than a head that was kept elsewhere.
        case diverged = "DIVERGED"
        /// The log contradicts itself.
        case invalid = "INVALID"
    }

    /// Something that does not fit.
    public struct Fault: Hashable, Sendable {
        /// The position of the entry, or `nil` when the fault belongs to none.
        public let position: Int?
        /// What does not fit.
        public let message: String

        package init(position: Int?, message: String) {
            self.position = position
            self.message = message
        }
    }

    /// Where an entry stands.
    package struct Place: Hashable, Sendable {
        package let position: Int
        package let stream: StreamID
    }

    /// The head recomputed from the headers.
    public let head: LogHead
    /// The epochs of the log, the first one first; one unless it was ever recovered.
    public let epochs: [LogEpoch]
    /// How often each kind of entry occurs.
    public let kinds: [String: Int]
    /// Where the entries stand that open or consume a gate, oldest first: whether they may, is
    /// decided by the rules of deployments.
    package let gates: [Place]
    /// The contradictions within the log, oldest first, 100 at the most.
    public let faults: [Fault]
    /// How many contradictions there are in all.
    public let faultCount: Int
    /// The heads kept elsewhere that the log contains.
    public let confirmed: [LogHead]
    /// The heads kept elsewhere that the log does not contain.
    public let contradicted: [LogHead]

    /// The answer in one word: contradictions within the log come before those with the outside.
    public var verdict: Verdict {
        if faultCount > 0 { return .invalid }
        if !contradicted.isEmpty { return .diverged }
        return confirmed.isEmpty ? .unanchored : .anchored
    }
}

extension AuditLog {
    /// Recomputes everything that the store holds and compares it.
    ///
    /// Checked are each entry against itself (see ``AuditEntry/init(_:)``), positions, revisions,
    /// clock skews, every stored tree node, the first entry, the store's summaries of streams and
    /// the places of idempotency keys, the attachments, definitions and sources that entries refer
    /// to, whether there are other blobs, and the heads in `anchors`. An attachment may be absent
    /// where an entry records its erasure. Records are read in pages and blobs one after another,
    /// so that memory grows with the number of streams, of gates and of absent attachments, and by
    /// eight bytes for each digest that an entry names. Entries appended meanwhile are left out.
    ///
    /// - Parameters:
    ///   - anchors: Heads of this log that were kept elsewhere.
    ///   - progress: Called with the number of entries checked so far, after every page.
    /// - Returns: What was found, contradictions included.
    /// - Throws: ``AuditStoreError`` when the store cannot be read; damage is not thrown.
    public nonisolated func verify(
        against anchors: [LogHead] = [],
        progress: (Int) -> Void = { _ in }
    ) async throws(AuditStoreError) -> VerificationReport {
        let size = try await store.count()
        var verification = Verification(anchors: anchors)
        var references = ReferenceCheck(self)
        var position = 0
        var isReadable = true
        while position < size {
            let page = position..<min(position + 1000, size)
            let records = try await store.records(in: page)
            var completed: [Digest] = []
            var entries: [AuditEntry] = []
            for (record, position) in zip(records, page) {
                let (entry, nodes) = verification.take(record, at: position)
                if let entry { entries.append(entry) }
                completed += nodes
            }
            isReadable = isReadable && entries.count == page.count
            guard records.count == page.count else {
                verification.add(
                    "entries are absent: \(records.count) of the \(page.count) from here",
                    at: page.lowerBound
                )
                break
            }
            let first = MerkleTree.nodeCount(ofSize: page.lowerBound)
            try await verification.compare(completed, from: first, with: store)
            let runs = verification.finishedRuns(isLast: page.upperBound == size)
            let stored = try await store.positions(forKeys: runs.map(\.key))
            for (run, stored) in zip(runs, stored) where stored != run.positions {
                verification.add(
                    "the store finds this entry's idempotency key "
                        + (stored.map { "at \($0)" } ?? "nowhere")
                        + ", not at \(run.positions)",
                    at: run.positions.lowerBound
                )
            }
            verification.add(try await references.faults(in: entries))
            position = page.upperBound
            progress(position)
        }
        verification.add(try await references.lastFaults())
        // What an entry names that cannot be read is not known.
        if isReadable {
            try await references.findStrangeBlobs { verification.add($0, at: nil) }
        }
        // Later nodes belong to a writer that has gone on meanwhile, or to nobody.
        let next = MerkleTree.nodeCount(ofSize: size)
        if position == size, try await hasNode(next), try await store.count() == size {
            verification.add("the tree has a node \(next) that no entry completes", at: nil)
        }
        for (stream, summary) in verification.streams.sorted(by: { $0.key < $1.key })
        where size == position {
            // A writer may have gone on meanwhile: then the stored summary may only be ahead.
            let stored = try await store.summary(of: stream)
            let isAhead = stored.map {
                $0.count > summary.count && $0.lastPosition >= size
                    && $0.firstPosition == summary.firstPosition
            }
            if stored != summary, isAhead != true {
                verification.add("the store's summary of '\(stream)' is wrong", at: nil)
            }
        }
        return verification.report()
    }
}

extension AuditLog {
    private nonisolated func hasNode(_ index: Int) async throws(AuditStoreError) -> Bool {
        do {
            _ = try await store.nodes(at: [index])
            return true
        } catch {
            guard error.code == .damaged else { throw error }
            return false
        }
    }
}

/// The state of a verification between two pages.
private struct Verification {
    let anchors: [LogHead]
    var frontier = MerkleTree.Frontier()
    var streams: [StreamID: StreamSummary] = [:]
    private var kinds: [String: Int] = [:]
    private var gates: [VerificationReport.Place] = []
    private var epochs: [LogEpoch] = []
    private var lastMoment: Timestamp?
    private var faults: [VerificationReport.Fault] = []
    private var faultCount = 0
    private let sizesOfAnchors: Set<Int>
    private var rootsOfAnchors: [Int: Digest] = [:]
    private var runs: [(key: Digest, positions: Range<Int>)] = []

    init(anchors: [LogHead]) {
        self.anchors = anchors
        sizesOfAnchors = Set(anchors.map(\.size))
    }

    /// Checks one record.
    ///
    /// - Returns: The entry, unless it is damaged, and the tree nodes that it completes.
    mutating func take(
        _ record: AuditRecord,
        at position: Int
    ) -> (entry: AuditEntry?, completed: [Digest]) {
        var entry: AuditEntry?
        do {
            let read = try AuditEntry(record)
            check(read, at: position)
            entry = read
        } catch {
            add(error.message, at: position)
        }
        count(record)
        let completed = frontier.append(MerkleTree.leafHash(record.header))
        noteRoot()
        return (entry, completed)
    }

    private mutating func check(_ entry: AuditEntry, at position: Int) {
        if entry.position != position {
            add("the entry says that it stands at \(entry.position)", at: position)
        }
        let skew = lastMoment.map { $0.milliseconds - entry.at.milliseconds } ?? 0
        if entry.clockSkew?.wholeMilliseconds != (skew > 0 ? skew : nil) {
            add("the clock skew is not the distance to the entry before", at: position)
        }
        lastMoment = entry.at
        kinds[entry.kind, default: 0] += 1
        if Deployment.gateKinds.contains(entry.kind) {
            gates.append(.init(position: position, stream: entry.stream))
        }
        let isGenesis = entry.kind == AuditLog.createdKind && entry.stream == AuditLog.stream
        if position == 0, isGenesis, let recorded = entry.body["origin"]?.string,
            Checkpoint.isOrigin(recorded)
        {
            epochs = [LogEpoch(origin: recorded, start: 0)]
        } else if position == 0 || isGenesis {
            add(
                "exactly the first entry names the origin of the log, which stands on one line",
                at: position
            )
        }
        if entry.stream == AuditLog.epochs || entry.kind == AuditLog.epochKind {
            checkEpoch(entry)
        }
        guard let key = entry.key else { return }
        if let last = runs.last, last.key == key, last.positions.upperBound == position {
            runs[runs.count - 1].positions = last.positions.lowerBound..<position + 1
        } else {
            runs.append((key, position..<position + 1))
        }
    }

    private mutating func checkEpoch(_ entry: AuditEntry) {
        do throws(AuditStoreError) {
            guard entry.stream == AuditLog.epochs, entry.kind == AuditLog.epochKind else {
                throw AuditStoreError(
                    .damaged,
                    "the kind '\(entry.kind)' does not belong in '\(entry.stream)'"
                )
            }
            epochs.append(try LogEpoch(entry, after: epochs.last?.origin ?? ""))
        } catch {
            add(error.message, at: entry.position)
        }
    }

    private mutating func count(_ record: AuditRecord) {
        let position = frontier.size
        let known = streams[record.stream]
        if record.revision != known?.count ?? 0 {
            add(
                "'\(record.stream)' goes on with revision \(record.revision) "
                    + "after \(known?.count ?? 0) entries",
                at: position
            )
        }
        streams[record.stream] = StreamSummary(
            stream: record.stream,
            count: (known?.count ?? 0) + 1,
            firstPosition: known?.firstPosition ?? position,
            lastPosition: position
        )
    }

    mutating func compare(
        _ completed: [Digest],
        from first: Int,
        with store: any AuditStore
    ) async throws(AuditStoreError) {
        let indexes = Array(first..<first + completed.count)
        let stored: [Digest]
        do {
            stored = try await store.nodes(at: indexes)
        } catch {
            guard error.code == .damaged else { throw error }
            add(error.message, at: nil)
            return
        }
        for (index, (stored, computed)) in zip(indexes, zip(stored, completed))
        where stored != computed {
            add("the tree node \(index) is \(stored), and from the headers \(computed)", at: nil)
        }
    }

    /// The runs of entries with one idempotency key that cannot grow any more.
    mutating func finishedRuns(isLast: Bool) -> [(key: Digest, positions: Range<Int>)] {
        guard !isLast, let last = runs.last, last.positions.upperBound == frontier.size else {
            defer { runs = [] }
            return runs
        }
        defer { runs = [last] }
        return runs.dropLast()
    }

    mutating func add(_ message: String, at position: Int?) {
        faultCount += 1
        if faults.count < 100 { faults.append(.init(position: position, message: message)) }
    }

    mutating func add(_ faults: [VerificationReport.Fault]) {
        for fault in faults { add(fault.message, at: fault.position) }
    }

    private mutating func noteRoot() {
        if sizesOfAnchors.contains(frontier.size) {
            rootsOfAnchors[frontier.size] = frontier.root
        }
    }

    func report() -> VerificationReport {
        func isConfirmed(_ anchor: LogHead) -> Bool {
            let epoch = epochs.epoch(ofSize: anchor.size)
            return anchor.origin.utf8.elementsEqual((epoch?.origin ?? "").utf8)
                && rootsOfAnchors[anchor.size] == anchor.root
        }
        return VerificationReport(
            head: LogHead(
                origin: epochs.last?.origin ?? "",
                size: frontier.size,
                root: frontier.root
            ),
            epochs: epochs,
            kinds: kinds,
            gates: gates,
            faults: faults,
            faultCount: faultCount,
            confirmed: anchors.filter { isConfirmed($0) && $0.size > 0 },
            contradicted: anchors.filter { !isConfirmed($0) && $0.size > 0 }
        )
    }
}
