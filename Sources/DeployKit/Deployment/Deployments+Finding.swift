// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// The deployments that have not ended, the environment that changed last first.
    ///
    /// Reads the streams of the environments, not those of the deployments that ended.
    ///
    /// - Parameter service: Only those of this service; `nil` for all.
    /// - Returns: What each of them deploys, and whether it holds its environment.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func unended(
        of service: String? = nil
    ) async throws(DeploymentError) -> [EnvironmentState.Occupant] {
        let prefix = "environment/"
        var result: [EnvironmentState.Occupant] = []
        var position: Int?
        while true {
            let streams: [StreamSummary]
            do {
                streams = try await log.store.streams(
                    withPrefix: prefix,
                    before: position,
                    limit: 100
                )
            } catch {
                throw DeploymentError(.store(error))
            }
            for summary in streams {
                let parts = summary.stream.text.split(
                    separator: "/",
                    omittingEmptySubsequences: false
                )
                guard let first = parts.dropFirst().first, parts.count >= 3 else { continue }
                let name = String(first)
                if let service, service != name { continue }
                let state = try await projections.environment(
                    Environment.ID(parts.dropFirst(2).joined(separator: "/")),
                    of: name
                )
                result += state.occupants.filter { !$0.hasEnded }.reversed()
            }
            guard let last = streams.last, streams.count == 100 else { return result }
            position = last.lastPosition
        }
    }
}
