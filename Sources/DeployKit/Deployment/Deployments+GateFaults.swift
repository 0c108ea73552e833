// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// Decides anew every gate that was opened or consumed, on what the log held before that.
    ///
    /// Each deployment of which a gate is listed is read once, with what its gates depend on.
    ///
    /// - Parameter places: The entries of the kinds ``Deployment/gateKinds``, in ascending order.
    /// - Returns: What does not fit, in sentences with the position of the entry.
    /// - Throws: ``DeploymentError`` when the store cannot be read, or an entry does not fit itself,
    ///   which ``AuditLog/verify(against:progress:)`` tells apart.
    package func gateFaults(
        at places: [VerificationReport.Place]
    ) async throws(DeploymentError) -> [(position: Int, message: String)] {
        var review = GateReview(log: log, zones: zones)
        var faults: [(position: Int, message: String)] = []
        for place in places where place.stream.isDeployment {
            do {
                if let fault = try await review.fault(at: place) {
                    faults.append((place.position, fault))
                }
            } catch {
                guard case .damaged(let message) = error.cause else { throw error }
                faults.append((place.position, message))
            }
        }
        return faults
    }
}

/// The state of a review of gates between two entries.
private struct GateReview {
    let log: AuditLog
    private var facts: LogFacts
    private var readers: [StreamID: StreamReader] = [:]
    private var deployments: [StreamID: (state: Deployment, reader: StreamReader)] = [:]
    // Of more at once, some are read again from their beginning.
    private static let capacity = 64

    init(log: AuditLog, zones: any ZoneSource) {
        self.log = log
        facts = LogFacts(zones: zones)
    }

    mutating func fault(
        at place: VerificationReport.Place
    ) async throws(DeploymentError) -> String? {
        var (state, reader) = try await deployment(place.stream)
        while let entry = try await reader.next(before: place.position, in: log) {
            let isAmendment = !entry.definitions.isEmpty
            try state.apply(entry, definition: isAmendment ? try await definition(of: entry) : nil)
        }
        guard let entry = try await reader.next(before: place.position + 1, in: log) else {
            throw DeploymentError(.damaged("'\(place.stream)' does not hold its entry"))
        }
        for stream in LogFacts.streams(for: state) {
            var reader = readers[stream] ?? StreamReader(stream)
            while let entry = try await reader.next(before: place.position, in: log) {
                try facts.take(entry)
            }
            readers[stream] = reader
        }
        let recorded = try Projections.recorded(entry)
        let fault = state.gateFault(
            in: recorded.event,
            given: facts.facts(for: state, at: entry.at)
        )
        state.apply(recorded)
        if deployments.count >= Self.capacity { deployments = [:] }
        deployments[place.stream] = (state, reader)
        return fault
    }

    private func deployment(
        _ stream: StreamID
    ) async throws(DeploymentError) -> (state: Deployment, reader: StreamReader) {
        if let known = deployments[stream] { return known }
        var reader = StreamReader(stream)
        guard let first = try await reader.next(before: .max, in: log) else {
            throw DeploymentError(.damaged("'\(stream)' begins no deployment"))
        }
        return (try Deployment(first: first, definition: try await definition(of: first)), reader)
    }

    /// The canonical JSON of the checklist that an entry names.
    private func definition(of entry: AuditEntry) async throws(DeploymentError) -> [UInt8] {
        guard let digest = entry.definitions.first?.digest else {
            throw DeploymentError(.damaged("entry \(entry.position) names no checklist"))
        }
        let blob: Blob?
        do {
            blob = try await log.store.blob(digest)
        } catch {
            throw DeploymentError(.store(error))
        }
        guard let blob else {
            throw DeploymentError(.damaged("the checklist of entry \(entry.position) is missing"))
        }
        return blob.bytes
    }
}

/// The entries of one stream, one after another.
private struct StreamReader {
    private let stream: StreamID
    private var revision = 0
    private var page: ArraySlice<AuditEntry> = []
    private static let pageSize = 512

    init(_ stream: StreamID) { self.stream = stream }

    /// The next entry, or `nil` when it does not stand before `position`.
    mutating func next(
        before position: Int,
        in log: AuditLog
    ) async throws(DeploymentError) -> AuditEntry? {
        if page.isEmpty {
            do {
                page = try await log.entries(of: stream, from: revision, limit: Self.pageSize)[...]
            } catch {
                throw DeploymentError(.store(error))
            }
        }
        guard let entry = page.first, entry.position < position else { return nil }
        page.removeFirst()
        revision += 1
        return entry
    }
}

extension StreamID {
    fileprivate var isDeployment: Bool { text.utf8.starts(with: "deployment/".utf8) }
}
