// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// Compares every snapshot of an environment with the entries that it stands for, from the
    /// first one on.
    ///
    /// - Returns: What does not fit, in sentences with the position of the snapshot; empty when
    ///   everything does.
    /// - Throws: ``DeploymentError`` when the store cannot be read, or an entry does not fit itself,
    ///   which ``AuditLog/verify(against:progress:)`` tells apart.
    public func snapshotFaults() async throws(DeploymentError) -> [(position: Int, message: String)]
    {
        var faults: [(position: Int, message: String)] = []
        var last: Int?
        while true {
            let streams: [StreamSummary]
            do {
                streams = try await log.store.streams(
                    withPrefix: EnvironmentSnapshot.prefix,
                    before: last,
                    limit: 100
                )
            } catch {
                throw DeploymentError(.store(error))
            }
            for stream in streams {
                if let fault = try await snapshotFault(in: stream.stream) { faults.append(fault) }
            }
            guard let oldest = streams.last, streams.count == 100 else { return faults }
            last = oldest.lastPosition
        }
    }

    /// The first snapshot of a stream that does not fit.
    private func snapshotFault(
        in stream: StreamID
    ) async throws(DeploymentError) -> (position: Int, message: String)? {
        let environment = StreamID(
            String(stream.text.dropFirst(EnvironmentSnapshot.prefix.count))
        )
        var state = EnvironmentState()
        var entries: ArraySlice<AuditEntry> = []
        for number in 0... {
            guard let snapshot = try await page(of: stream, from: number, limit: 1).first else {
                return nil
            }
            let claimed: EnvironmentState
            do {
                claimed = try await EnvironmentSnapshot.state(snapshot, in: log.store)
                while state.revision < claimed.revision {
                    if entries.isEmpty {
                        entries = try await page(of: environment, from: state.revision)[...]
                    }
                    guard let entry = entries.popFirst() else { break }
                    try Projections.apply(entry, to: &state)
                }
            } catch {
                guard case .damaged(let message) = error.cause else { throw error }
                return (snapshot.position, message)
            }
            if claimed != state {
                return (
                    snapshot.position,
                    "the snapshot of '\(environment)' is not what its entries add up to"
                )
            }
        }
        return nil
    }

    private func page(
        of stream: StreamID,
        from revision: Int,
        limit: Int = EnvironmentSnapshot.interval
    ) async throws(DeploymentError) -> [AuditEntry] {
        do {
            return try await log.entries(of: stream, from: revision, limit: limit)
        } catch {
            throw DeploymentError(.store(error))
        }
    }
}
