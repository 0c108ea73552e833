// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Glibc
import Testing

/// A bundle of many sign-offs is written as it is read: `DEPLOYKIT_SIGNOFFS=100000` measures it.
@Suite struct EvidenceScaleTests {
    /// Takes a bundle and keeps only how much it was.
    struct CountingSink: EvidenceSink {
        var bytes = 0
        var rows = 0

        mutating func append(_ bytes: [UInt8], to path: String) {
            self.bytes += bytes.count
            if path == "signoffs.csv" { rows += bytes.count { $0 == 0x0A } }
        }
    }

    private static let count =
        getenv("DEPLOYKIT_SIGNOFFS").flatMap { Int(String(cString: $0)) } ?? 1000
    private static let perDeployment = 50

    /// A deployment with fifty sign-offs, copied under other names until there are `count`.
    private func log(count: Int) async throws -> AuditLog {
        let checklist = try Checklist("Many", signOffs: [.people(60, of: "QA")]) {
            DeployKit.Phase("One") { Item("Do it", id: "item") }
        }
        let deployments = Deployments(
            store: InMemoryAuditStore(),
            origin: "many.0123456789abcdef",
            clock: FixedClock()
        )
        let live = try await deployments.start(
            checklist,
            environment: Environment("staging", tier: .test),
            version: "1",
            by: .person("rita")
        )
        for number in 0..<Self.perDeployment {
            try await live.sign("qa", .approved, by: .person(ActorID("p\(number)")), reason: "fine")
        }
        let entries = try await deployments.log.entries(of: .deployment(live.id))
        for copy in 1..<max(2, count / Self.perDeployment) {
            let id = DeploymentID("d-\(copy)")
            let events = try entries.map { entry in
                let body = String(decoding: entry.body.canonicalBytes, as: UTF8.self)
                    .replacing("\"\(live.id)\"", with: "\"\(id)\"")
                return NewEntry(
                    stream: .deployment(id),
                    kind: entry.kind,
                    body: try JSONValue(parsing: body)
                )
            }
            try await deployments.log.append(
                events,
                at: EvidenceBundleTests.generatedAt,
                entropy: SystemEntropy().next()
            )
        }
        return deployments.log
    }

    private func peak() throws -> Int {
        let file = try #require(fopen("/proc/self/status", "r"))
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = fread(&buffer, 1, buffer.count, file)
        let line = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("VmHWM:") }
        return try #require(line?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    @Test func aBundleStreams() async throws {
        let log = try await log(count: Self.count)
        var sink = CountingSink()
        let bundle = EvidenceBundle(
            of: log,
            generatedAt: EvidenceBundleTests.generatedAt,
            version: "test"
        )
        // 5 sets the peak back to what is used now.
        if let file = fopen("/proc/self/clear_refs", "w") {
            fputs("5", file)
            fclose(file)
        }
        let (before, start) = (try peak(), ContinuousClock().now)
        let summary = try await bundle.write(to: &sink)
        let elapsed = ContinuousClock().now - start
        #expect(summary.signOffs == Self.count && sink.rows == Self.count + 1)
        let growth = try peak() - before
        print(
            "\(Self.count) sign-offs: \(sink.bytes >> 20) MiB of bundle in \(elapsed), "
                + "\(growth >> 10) MiB more in memory"
        )
        // Beside other tests, which grow too, only a large bundle says something.
        if Self.count >= 50_000 { #expect(growth < 100 << 10) }
    }
}
