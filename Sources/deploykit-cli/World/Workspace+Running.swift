// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Workspace {
    /// Where and how the commands of a deployment run.
    func runnerSettings(
        for live: LiveDeployment
    ) async throws -> DeploymentRunner.Settings {
        var settings = DeploymentRunner.Settings(
            root: location.root,
            lock: try await lock(for: .run, on: live.id),
            environment: call.environment
        )
        for secret in project?.secrets ?? [] {
            settings.secrets[secret.name] = source(of: secret)
        }
        return settings
    }
}
