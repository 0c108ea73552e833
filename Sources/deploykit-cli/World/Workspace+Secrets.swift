// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Workspace {
    /// Where a secret is read; a path starts at the project file.
    func source(of secret: Project.Secret) -> SecretSource {
        switch secret.source {
        case .environment(let name): return .environment(name)
        case .file(let path):
            let isAbsolute = path.utf8.first == UInt8(ascii: "/")
            let folder = location.project.map(StoreLocation.parent) ?? location.root
            return .file(isAbsolute ? path : "\(folder)/\(path)")
        }
    }

    /// Refuses texts that hold a secret which the project or the checklist declares, as far as its
    /// value can be read here: what cannot be read cannot have been typed from here either.
    func checkSecrets(in texts: [String], of live: LiveDeployment) async throws {
        guard texts.contains(where: { !$0.isEmpty }) else { return }
        var sources: [String: SecretSource] = [:]
        for name in try await live.state().checklist.items.flatMap(\.secrets) {
            sources[name] = .environment(name)
        }
        for secret in project?.secrets ?? [] { sources[secret.name] = source(of: secret) }
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            let secret: Secret
            do {
                secret = try source.secret(named: name, environment: call.environment)
            } catch {
                continue
            }
            let redactor = Redactor([secret])
            guard !texts.contains(where: redactor.finds) else {
                throw DeploymentError(
                    .refused(
                        Refusal(
                            .secretInText,
                            "the text holds the value of the secret '\(name)', and no secret is "
                                + "stored: say it without"
                        )
                    )
                )
            }
        }
    }
}
