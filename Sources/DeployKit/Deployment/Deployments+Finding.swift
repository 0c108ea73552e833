// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// The services to which something was ever deployed, or whose environments were ever frozen, the
    /// one whose environment changed last first.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func services() async throws(DeploymentError) -> [String] {
        let streams: [StreamSummary]
        do {
            streams = try await log.store.streams(
                withPrefix: "environment/",
                before: nil,
                limit: .max
            )
        } catch {
            throw DeploymentError(.store(error))
        }
        var names: [String] = []
        for summary in streams {
            let parts = summary.stream.text.split(
                separator: "/",
                omittingEmptySubsequences: false
            )
            guard parts.count >= 3, case let name = String(parts[1]), !names.contains(name) else {
                continue
            }
            names.append(name)
        }
        return names
    }

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
        try await environments(of: service).flatMap { place in
            place.state.occupants.filter { !$0.hasEnded }.reversed()
        }
    }

    /// What the log knows of every environment, the one that changed last first.
    func environments(
        of service: String?
    ) async throws(DeploymentError)
        -> [(service: String, environment: Environment.ID, state: EnvironmentState)]
    {
        let prefix = "environment/"
        var result: [(service: String, environment: Environment.ID, state: EnvironmentState)] = []
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
                let environment = Environment.ID(parts.dropFirst(2).joined(separator: "/"))
                let state = try await projections.environment(environment, of: name)
                result.append((name, environment, state))
            }
            guard let last = streams.last, streams.count == 100 else { return result }
            position = last.lastPosition
        }
    }
}
