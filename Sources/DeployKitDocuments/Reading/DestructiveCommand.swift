// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Which commands destroy what cannot be brought back by running another.
///
/// This is a warning for people, not a guard: what a script of one's own does nobody can see here.
enum DestructiveCommand {
    /// Whether a line of a script or query holds one.
    static func isOne(_ line: String) -> Bool {
        guard hints.occur(in: line) else { return false }
        let text = line.lowercased()
        let commands = text.split { ";|&()`".contains($0) }
        return commands.contains { command in
            let words = command.split { $0.isWhitespace || "\"'{}".contains($0) }.map(String.init)
            return words.indices.contains { destroys(words, at: $0) }
        }
    }

    /// Whether a word, with those around it, is the one that destroys.
    private static func destroys(_ words: [String], at index: Int) -> Bool {
        let word = words[index]
        let next = words[safe: index + 1]
        let before = Set(words[..<index])
        let after = Set(words[(index + 1)...])
        switch word {
        case "rm":
            if before.contains("s3") || before.contains("volume") { return true }
            // A container can be made anew, and what leaves an index is still there.
            if !before.isDisjoint(with: ["git", "docker", "docker-compose", "podman"]) {
                return false
            }
            return after.contains { option in
                option == "--recursive" || option == "--force"
                    || option.hasPrefix("-") && !option.hasPrefix("--")
                        && (option.contains("r") || option.contains("f"))
            }
        case "rb": return before.contains("s3")
        case "drop": return next.map { dropped.contains($0) } ?? false
        case "truncate": return next != nil
        case "delete":
            return next == "from" || before.contains("-x") || before.contains("--request")
                || !before.isDisjoint(with: tools)
        case "del": return index == 0 || before.contains("redis-cli")
        case "destroy", "-destroy", "--destroy": return !before.isDisjoint(with: tools)
        case "push":
            return before.contains("git")
                && after.contains { option in
                    option.hasPrefix("--force") || option == "-f" || option == "--delete"
                        || option == "--mirror" || option.hasPrefix("+") || option.hasPrefix(":")
                }
        case "reset":
            return before.contains("git")
                ? after.contains("--hard") : !before.isDisjoint(with: ["migrate", "db", "prisma"])
        case "clean":
            return before.contains("git")
                && after.contains { $0.hasPrefix("-") && $0.contains("f") }
        case "filter-repo", "filter-branch": return before.contains("git")
        case "prune": return before.contains("docker") || before.contains("podman")
        case "down":
            return words.contains { $0.hasPrefix("docker") }
                && (after.contains("-v") || after.contains("--volumes"))
        case "uninstall": return before.contains("helm")
        case "find": return after.contains("-delete")
        case "dd": return after.contains { $0.hasPrefix("of=/dev/") }
        case "dropdb", "shred", "wipefs", "flushall", "flushdb", "unpublish", "remove-item",
            "terminate-instances":
            return true
        default:
            return word.hasPrefix("mkfs") || word.hasPrefix("delete-") && before.contains("aws")
                || resets.contains { word == $0 || word.hasSuffix(":\($0)") }
        }
    }

    /// What stands in each line that destroys, whatever else does.
    private static let hints = PhraseList(
        words.flatMap { [$0, $0.uppercased(), $0.prefix(1).uppercased() + $0.dropFirst()] }
    )
    private static let words = [
        "rm ", "rb ", "drop", "truncate", "delete", "del ", "destroy", "push", "reset", "clean",
        "filter-", "prune", "down", "uninstall", "dd ", "shred", "wipefs", "flush", "unpublish",
        "remove-item", "terminate-", "mkfs", "fresh",
    ]
    private static let dropped: Set<String> = [
        "table", "database", "schema", "index", "view", "column", "user", "role", "constraint",
        "type", "function", "trigger", "policy", "sequence", "materialized", "extension", "if",
        "collection", "keyspace",
    ]
    private static let tools: Set<String> = [
        "kubectl", "oc", "helm", "terraform", "tofu", "pulumi", "cdk", "aws", "gcloud", "gsutil",
        "az", "doctl", "fly", "flyctl", "heroku", "gh", "pm2", "docker", "podman", "vagrant",
        "eksctl", "kafka-topics", "wrangler", "vercel", "netlify", "dfx", "systemd", "kind",
    ]
    private static let resets = [
        "apps:destroy", "pg:reset", "db:drop", "db:reset", "migrate:fresh", "migrate:reset",
    ]
}
