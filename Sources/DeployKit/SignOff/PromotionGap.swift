// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// In what a deployment that was completed elsewhere differs from the one that is to follow it.
public struct PromotionGap: Hashable, Sendable {
    /// One difference.
    public enum Difference: Hashable, Sendable {
        /// It followed another checklist, of this hash.
        case checklist(Digest)
        /// It was of another version.
        case version(String)
        /// An artifact has another content, is new, or is gone.
        case artifact(String, theirs: Digest?, ours: Digest?)
        /// It was completed too long ago.
        case age(Duration)
    }

    /// The deployment that comes closest.
    public let deployment: DeploymentID
    /// When it was completed.
    public let at: Timestamp
    /// In what it differs; never empty.
    public let differences: [Difference]

    /// In a sentence.
    public var sentence: String {
        "\(deployment), completed at \(at), "
            + differences.map { difference in
                switch difference {
                case .checklist(let hash): "followed the checklist \(hash.hex.prefix(12))"
                case .version(let version): "was of version \(version)"
                case .artifact(let name, let theirs?, let ours?):
                    "had the artifact '\(name)' \(theirs.hex.prefix(12)), not \(ours.hex.prefix(12))"
                case .artifact(let name, nil, _): "had no artifact '\(name)'"
                case .artifact(let name, _, nil): "had an artifact '\(name)', which is gone"
                case .age(let age): "is \(age.wholeMilliseconds / 86_400_000) days old"
                }
            }.joined(separator: ", ")
    }
}

extension EnvironmentState {
    /// Whether the same was completed here, not longer ago than `limit`.
    ///
    /// - Returns: What the completion that comes closest differs in, the last of them where several
    ///   do; `nil` gap when nothing was completed here; `isMet` when one does not differ.
    func promotion(
        of subject: DeploymentSubject,
        within limit: Duration?,
        at now: Timestamp
    ) -> (isMet: Bool, gap: PromotionGap?) {
        // To have rehearsed a level, or gone back, is not to have deployed.
        let gaps = standingCompletions.filter { $0.subject.level == nil }.map { completion in
            PromotionGap(
                deployment: completion.deployment,
                at: completion.at,
                differences: completion.subject.differences(to: subject)
                    + (limit.flatMap { limit in
                        now - completion.at > limit
                            ? [PromotionGap.Difference.age(now - completion.at)] : nil
                    } ?? [])
            )
        }
        if gaps.contains(where: \.differences.isEmpty) { return (true, nil) }
        let closest = gaps.reversed().min { $0.differences.count < $1.differences.count }
        return (false, closest)
    }
}

extension DeploymentSubject {
    fileprivate func differences(to ours: Self) -> [PromotionGap.Difference] {
        var result: [PromotionGap.Difference] = []
        if checklist != ours.checklist { result.append(.checklist(checklist)) }
        if version != ours.version { result.append(.version(version)) }
        var names: [String] = []
        for artifact in ours.artifacts + artifacts where !names.contains(artifact.name) {
            names.append(artifact.name)
        }
        for name in names {
            let theirs = artifacts.filter { $0.name == name }.map(\.digest)
            let own = ours.artifacts.filter { $0.name == name }.map(\.digest)
            guard theirs != own else { continue }
            result.append(.artifact(name, theirs: theirs.first, ours: own.first))
        }
        return result
    }
}

extension PromotionGap {
    /// An object with `deployment`, `at` and `differences`.
    public var json: JSONValue {
        .members([
            "deployment": deployment.json, "at": at.json,
            "differences": .array(
                differences.map { difference in
                    switch difference {
                    case .checklist(let hash): .members(["checklist": hash.json])
                    case .version(let version): .members(["version": version.json])
                    case .artifact(let name, let theirs, let ours):
                        .members([
                            "artifact": name.json, "theirs": theirs?.json, "ours": ours?.json,
                        ])
                    case .age(let age): .members(["ageMilliseconds": age.json])
                    }
                }
            ),
        ])
    }
}
