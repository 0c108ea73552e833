// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension LiveDeployment {
    /// Everything that happened to the deployment, oldest first, as the log keeps it.
    ///
    /// - Throws: ``DeploymentError`` when there is no such deployment or the store fails.
    public func history() async throws(DeploymentError) -> [RecordedEvent] {
        let pageSize = 256
        var found: [RecordedEvent] = []
        while true {
            let page: [AuditEntry]
            do {
                page = try await deployments.log.entries(
                    of: .deployment(id),
                    from: found.count,
                    limit: pageSize
                )
            } catch {
                throw DeploymentError(.store(error))
            }
            for entry in page { found.append(try Projections.recorded(entry)) }
            if page.count < pageSize { break }
        }
        if found.isEmpty { throw DeploymentError(.notFound(id)) }
        return found
    }

    /// The deployment that was completed last before this one began, of the same service in the
    /// same environment; `nil` when the environment remembers none.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func predecessor() async throws(DeploymentError) -> Deployment? {
        let state = try await state()
        let environment = try await deployments.projections.environment(
            state.subject.environment.name,
            of: state.subject.service
        )
        let before = environment.completions.last {
            $0.at <= state.startedAt && $0.deployment != id
                && $0.subject.kind.locksEnvironment
        }
        guard let before else { return nil }
        return try await deployments.state(of: before.deployment)
    }
}
