// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A store that fails when told to, around a store that works.
///
/// Calls are counted from 1, all methods together. A call that fails before its work leaves the
/// log as it was; an append that fails after it has written everything, and the caller cannot
/// tell: that is what an `AuditStoreError` of code `unknownOutcome` means.
public actor FaultyAuditStore: AuditStore {
    /// When a call fails.
    public enum Moment: Hashable, Sendable {
        /// Before the work is done.
        case before
        /// After the work is done.
        case after
    }

    /// One call that fails.
    public struct Fault: Hashable, Sendable {
        /// Which call, counting from 1.
        public let call: Int
        /// Before or after its work.
        public let moment: Moment
        /// The code of the error.
        public let code: AuditStoreError.Code

        /// The failure of the call with this number.
        public init(call: Int, _ moment: Moment, _ code: AuditStoreError.Code = .unavailable) {
            self.call = call
            self.moment = moment
            self.code = code
        }
    }

    /// How many calls have been made.
    public private(set) var calls = 0
    /// The failures that have happened, in order.
    public private(set) var failures: [Fault] = []

    private let store: any AuditStore
    private let planned: [Int: Fault]
    private var random: SplitMix64
    private let oneIn: Int?

    /// Fails exactly the calls of `faults`.
    public init(_ store: any AuditStore, faults: [Fault]) {
        self.store = store
        planned = Dictionary(faults.map { ($0.call, $0) }) { first, _ in first }
        random = SplitMix64(seed: 0)
        oneIn = nil
    }

    /// Fails about one call in `oneIn`, the same ones for the same seed: half of them before
    /// their work with code `busy`, `full` or `unavailable`, half of them after it with code
    /// `unknownOutcome`.
    public init(_ store: any AuditStore, seed: UInt64, oneIn: Int) {
        self.store = store
        planned = [:]
        random = SplitMix64(seed: seed)
        self.oneIn = max(1, oneIn)
    }

    /// Counted, and failed where it is its turn.
    public func append(_ batch: AuditBatch) async throws(AuditStoreError) {
        let fault = try begin()
        try await store.append(batch)
        try finish(fault)
    }

    /// Counted, and failed where it is its turn.
    public func count() async throws(AuditStoreError) -> Int {
        let fault = try begin()
        let value = try await store.count()
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func records(in positions: Range<Int>) async throws(AuditStoreError) -> [AuditRecord] {
        let fault = try begin()
        let value = try await store.records(in: positions)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func records(
        of stream: StreamID,
        from revision: Int,
        limit: Int
    ) async throws(AuditStoreError) -> [AuditRecord] {
        let fault = try begin()
        let value = try await store.records(of: stream, from: revision, limit: limit)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) async throws(AuditStoreError) -> [StreamSummary] {
        let fault = try begin()
        let value = try await store.streams(withPrefix: prefix, before: position, limit: limit)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func summary(of stream: StreamID) async throws(AuditStoreError) -> StreamSummary? {
        let fault = try begin()
        let value = try await store.summary(of: stream)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest] {
        let fault = try begin()
        let value = try await store.nodes(at: indexes)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func blob(_ digest: Digest) async throws(AuditStoreError) -> Blob? {
        let fault = try begin()
        let value = try await store.blob(digest)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func blobs(
        after digest: Digest?,
        limit: Int
    ) async throws(AuditStoreError) -> [Digest] {
        let fault = try begin()
        let value = try await store.blobs(after: digest, limit: limit)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func positions(forKey key: Digest) async throws(AuditStoreError) -> Range<Int>? {
        let fault = try begin()
        let value = try await store.positions(forKey: key)
        try finish(fault)
        return value
    }

    /// Counted, and failed where it is its turn.
    public func forgetErased() async throws(AuditStoreError) {
        let fault = try begin()
        try await store.forgetErased()
        try finish(fault)
    }

    private func begin() throws(AuditStoreError) -> Fault? {
        calls += 1
        let fault = nextFault()
        if let fault, fault.moment == .before { throw fail(fault) }
        return fault
    }

    private func finish(_ fault: Fault?) throws(AuditStoreError) {
        if let fault { throw fail(fault) }
    }

    private func nextFault() -> Fault? {
        guard let oneIn else { return planned[calls] }
        guard Int.random(in: 0..<oneIn, using: &random) == 0 else { return nil }
        guard Bool.random(using: &random) else {
            return Fault(call: calls, .after, .unknownOutcome)
        }
        let codes: [AuditStoreError.Code] = [.busy, .full, .unavailable]
        return Fault(call: calls, .before, codes.randomElement(using: &random) ?? .unavailable)
    }

    private func fail(_ fault: Fault) -> AuditStoreError {
        failures.append(fault)
        return AuditStoreError(fault.code, "call \(fault.call) was made to fail")
    }
}
