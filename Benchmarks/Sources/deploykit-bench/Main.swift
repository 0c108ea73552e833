// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Foundation

/// Measures DeployKit beside its baselines; see README.md for what the figures mean.
@main
struct Benchmarks {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            // Away from the main actor, which every call would have to come back to.
            let misses = try await Task.detached { try await all(options) }.value
            exit(misses == 0 ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("deploykit-bench: \(error)\n".utf8))
            exit(2)
        }
    }

    @concurrent
    static func all(_ options: Options) async throws -> Int {
        defer { options.removeFiles() }
        var report = Report()
        report.begin()
        if options.includes("appends") { try await appends(options, &report) }
        if options.includes("batches") { try await batches(options, &report) }
        if options.includes("commands") { try await commands(options, &report) }
        if options.includes("hashing") { try await hashing(&report) }
        if options.includes("log") {
            let large = try await reading(options, &report)
            try await verifying(large.path, options, &report)
            try status(large, options, &report)
        }
        if options.includes("sign-offs") { try await signOffs(options, &report) }
        if options.includes("markdown") {
            try markdown(options, &report)
            try hostileMarkdown(options, &report)
        }
        return report.misses
    }
}

/// What to measure, and where.
struct Options {
    /// A folder in memory, so that the disk does not hide the work.
    let memory: String
    /// A folder on the disk, for the durable figures.
    let disk: String
    /// The `deploykit` command to measure, linked statically.
    let command: String
    /// How many entries the large store holds.
    let size: Int
    /// The group of rows to measure, or an empty text for all.
    private let only: String

    /// Tells whether a group of rows is to be measured.
    func includes(_ group: String) -> Bool { only.isEmpty || only == group }

    init(_ arguments: some Sequence<String>) throws {
        var values = [
            "--memory": "/dev/shm", "--disk": NSTemporaryDirectory(), "--command": "deploykit",
            "--size": "1000000", "--only": "",
        ]
        var iterator = arguments.makeIterator()
        while let name = iterator.next() {
            guard values[name] != nil, let value = iterator.next() else {
                throw BenchmarkError(
                    description: "usage: deploykit-bench [--memory FOLDER] [--disk FOLDER] "
                        + "[--command PATH] [--size ENTRIES] "
                        + "[--only appends|batches|commands|hashing|log|sign-offs|markdown]"
                )
            }
            values[name] = value
        }
        memory = try Self.folder(in: values["--memory"] ?? "")
        disk = try Self.folder(in: values["--disk"] ?? "")
        command = values["--command"] ?? ""
        only = values["--only"] ?? ""
        guard let size = Int(values["--size"] ?? ""), size >= 10_000 else {
            throw BenchmarkError(description: "--size takes a number from 10000 on")
        }
        self.size = size
    }

    /// Removes what the run wrote; what cannot be removed changes no figure.
    func removeFiles() {
        for folder in [memory, disk] { try? FileManager.default.removeItem(atPath: folder) }
    }

    private static func folder(in parent: String) throws -> String {
        let path = parent + "/deploykit-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
