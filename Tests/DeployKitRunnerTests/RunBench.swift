// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitTesting
import Glibc

/// A deployment in memory with a runner and a folder of its own.
struct RunBench {
    static let bot = Actor.service("release-bot")

    let live: LiveDeployment
    let store: InMemoryAuditStore
    var settings: DeploymentRunner.Settings
    let directory: TemporaryDirectory
    let progress = Locked<[String]>([])

    var runner: DeploymentRunner { DeploymentRunner(settings) }

    init(
        _ checklist: Checklist,
        environment: [String: String] = [:],
        variables: [(name: String, value: String)] = []
    ) async throws {
        store = InMemoryAuditStore()
        live = try await Deployments(store: store).start(
            checklist,
            environment: try Environment("staging", tier: .test, networks: [.stellarTestnet]),
            version: "1",
            variables: variables,
            by: Self.bot
        )
        directory = TemporaryDirectory()
        var known = environment
        known["PATH"] = known["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        settings = DeploymentRunner.Settings(
            root: directory.path,
            lock: "\(directory.path)/run.lock",
            environment: known
        )
    }

    func run() async throws -> DeploymentRunner.Result {
        let progress = progress
        return try await runner.run(live, by: Self.bot) { step in
            progress.withLock { $0.append(Self.word(step)) }
        }
    }

    func runSuite(_ name: String = "smoke", key: String? = nil) async throws -> SmokeResult {
        try await runner.run(suite: name, of: live, by: Self.bot, key: key) { _ in }
    }

    private static func word(_ progress: DeploymentRunner.Progress) -> String {
        switch progress {
        case .started(let entry, let attempt): "started \(entry.item.id) \(attempt)"
        case .finished(let entry, _, _, _): "finished \(entry.item.id)"
        case .checked(let entry, _, _): "checked \(entry.item.id)"
        case .lost(let entry, let attempt): "lost \(entry.item.id) \(attempt)"
        case .output: "output"
        case .remark(let text, let item): "remark \(item) \(text)"
        }
    }

    func text(of name: String) -> String {
        guard let stream = fopen("\(directory.path)/\(name)", "r") else { return "" }
        defer { fclose(stream) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&buffer, 1, buffer.count, stream)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// How many lines a file of the folder has: how often something wrote to it.
    func count(of name: String) -> Int { text(of: name).split(separator: "\n").count }

    func output(of item: ItemID) async throws -> String? {
        guard let reference = try await live.state().items[item]?.output else { return nil }
        return try await live.deployments.text(of: reference)
    }

    func note(of item: ItemID) async throws -> String? {
        guard let reference = try await live.state().items[item]?.note else { return nil }
        return try await live.deployments.text(of: reference)
    }

    var size: Int { get async throws { try await live.deployments.log.head().size } }
}
