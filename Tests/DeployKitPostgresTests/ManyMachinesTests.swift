// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit
    import DeployKitDocuments
    import DeployKitPostgres
    import DeployKitSQLite
    import DeployKitTesting
    import Foundation
    import Testing

    /// Runners that share nothing but the server.
    @Suite(.enabled(if: Server.isHere, Server.absence)) struct ManyMachinesTests {
        private static let processes = 8

        @Test func everyHeadThatAnyProcessWasGivenIsOneOfTheLog() async throws {
            let count = FaultCampaignTests.number("APPENDS", 100)
            let start = ContinuousClock.now
            let address = try Server.shared.address()
            let folder = Server.shared.folder + "/../receipts-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
            defer { try? FileManager.default.removeItem(atPath: folder) }
            await withTaskGroup { group in
                for writer in 1...Self.processes {
                    group.addTask {
                        await Self.append(address.schema, writer, count, "\(folder)/\(writer)")
                    }
                }
            }
            let store = try await PostgresAuditStore(address, access: .readOnly)
            let log = AuditLog(store: store, origin: SampleLog.origin)
            var heads: [LogHead] = []
            for writer in 1...Self.processes {
                let error = try? String(
                    contentsOfFile: "\(folder)/\(writer).error",
                    encoding: .utf8
                )
                #expect(error == nil)
                let lines = try String(contentsOfFile: "\(folder)/\(writer)", encoding: .utf8)
                for line in lines.split(separator: "\n") {
                    heads.append(try LogHead(json: JSONValue(canonical: Array(line.utf8))))
                }
            }
            let appends = Self.processes * count
            // One entry each, behind the one that names the log: no gap, no duplicate.
            #expect(heads.map(\.size).sorted() == Array(2...appends + 1))
            #expect(try await store.count() == appends + 1)
            #expect(try await store.faults() == [])
            let report = try await log.verify(against: heads)
            #expect(report.faults == [] && report.contradicted == [])
            for writer in 1...Self.processes {
                let own = try await log.entries(of: StreamID("writer/\(writer)"))
                let numbers = own.map { $0.body["number"]?.integer }
                #expect(numbers == (0..<count).filter { $0 % 4 != 0 }.map(Int64.init))
            }
            let seconds = (ContinuousClock.now - start).components.seconds
            print(
                "torture: postgres sharing: \(Self.processes) processes, \(appends) appends, "
                    + "\(Set(2...appends + 1).subtracting(heads.map(\.size)).count) gaps, "
                    + "\(heads.count - Set(heads.map(\.size)).count) duplicates, "
                    + "\(report.confirmed.count) consistent heads (\(seconds) s)"
            )
        }

        /// Appends `count` entries, every fourth one to a stream that all share.
        private static func append(
            _ schema: String,
            _ writer: Int,
            _ count: Int,
            _ receipts: String
        ) async {
            await #expect(processExitsWith: .success) {
                [
                    schema = schema as String, writer = writer as Int, count = count as Int,
                    receipts = receipts as String
                ] in
                do {
                    let store = try await PostgresAuditStore(
                        try Server.shared.address(schema: schema),
                        busyTimeout: .seconds(60)
                    )
                    let log = AuditLog(store: store, origin: SampleLog.origin)
                    var lines: [UInt8] = []
                    for number in 0..<count {
                        var append = SampleLog.append(number, of: writer)
                        append.blobs = []
                        append.events = [
                            NewEntry(
                                stream: StreamID(
                                    number % 4 == 0 ? "shared/all" : "writer/\(writer)"
                                ),
                                kind: "sample",
                                body: .members(["number": number.json])
                            )
                        ]
                        lines += try await append.go(to: log).head.json.canonicalBytes
                        lines.append(UInt8(ascii: "\n"))
                    }
                    try Data(lines).write(to: URL(filePath: receipts))
                } catch {
                    // What an exit test throws is told to nobody.
                    try Data("\(error)".utf8).write(to: URL(filePath: receipts + ".error"))
                    throw error
                }
            }
        }

        /// Deployments of as many machines, each with a connection and a memory of its own.
        private func machines(_ count: Int) async throws -> [Deployments] {
            let address = try Server.shared.address()
            var machines: [Deployments] = []
            for _ in 0..<count {
                let store = try await PostgresAuditStore(address, busyTimeout: .seconds(30))
                machines.append(Deployments(store: store, service: "orders"))
            }
            return machines
        }

        private static func checklist() throws -> Checklist {
            try Checklist("Release", signOffs: [.two(of: "QA")]) {
                DeployKit.Phase("One") { Item("Do it") }
            }
        }

        @Test func ofManyMachinesThatStartOneHasTheEnvironment() async throws {
            let machines = try await machines(6)
            for round in 0..<8 {
                let outcomes = await withTaskGroup(of: Refusal.Code?.self) { group in
                    for (number, machine) in machines.enumerated() {
                        group.addTask {
                            do {
                                _ = try await machine.start(
                                    Self.checklist(),
                                    environment: Environment(
                                        Environment.ID("staging-\(round)"),
                                        tier: .test
                                    ),
                                    version: "1.\(number)",
                                    by: .person(ActorID("m\(number)"))
                                )
                                return nil
                            } catch let error as DeploymentError {
                                if case .refused(let refusal) = error.cause { return refusal.code }
                                Issue.record(error)
                                return .conflict
                            } catch {
                                Issue.record(error)
                                return .conflict
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.count { $0 == nil } == 1)
                #expect(outcomes.count { $0 == .environmentLocked } == machines.count - 1)
            }
            let report = try await machines[0].log.verify()
            #expect(report.kinds["deployment-started"] == 8)
        }

        /// A signature is taken back on one machine while another completes the deployment: either
        /// the gate was open when it was passed, or it was not passed.
        @Test func aGateIsConsumedAsItIsAtThatMoment() async throws {
            let machines = try await machines(2)
            var passed = 0
            for round in 0..<24 {
                let live = try await machines[0].start(
                    Self.checklist(),
                    environment: Environment(Environment.ID("gate-\(round)"), tier: .test),
                    version: "1",
                    by: .person("lena")
                )
                let other = try await machines[1].deployment(live.id)
                try await live.sign("qa", .approved, by: .person("ada"))
                try await live.sign("qa", .approved, by: .person("ben"))
                async let completion = Self.outcome {
                    try await live.complete("do-it", by: .person("lena"))
                }
                async let withdrawal = Self.outcome {
                    try await other.perform(
                        .withdraw("qa", reason: "a mistake"),
                        by: .person("ada")
                    )
                }
                let (isCompleted, isWithdrawn) = await (completion, withdrawal)
                #expect(isCompleted)
                let states = [try await live.state(), try await other.state()]
                #expect(states[0].status == states[1].status)
                // What was withdrawn first leaves the gate closed, and nothing is withdrawn later.
                #expect((states[0].status == .completed) != isWithdrawn, "round \(round)")
                if states[0].status == .completed { passed += 1 }
            }
            print(
                "torture: postgres gates: 24 races, \(passed) completed, \(24 - passed) withdrawn"
            )
            #expect(try await machines[0].log.verify().faults == [])
        }

        private static func outcome(_ body: () async throws -> Void) async -> Bool {
            do {
                try await body()
                return true
            } catch {
                return false
            }
        }

        // MARK: Bytes

        private struct MemoryFolder: EvidenceSink {
            var files: [String: [UInt8]] = [:]

            mutating func append(_ bytes: [UInt8], to path: String) {
                files[path, default: []] += bytes
            }
        }

        private static func export(_ store: any AuditStore) async throws -> [String: [UInt8]] {
            var folder = MemoryFolder()
            let bundle = EvidenceBundle(
                of: AuditLog(store: store, origin: ""),
                generatedAt: Timestamp(milliseconds: 1_767_225_600_000),
                version: "1"
            )
            _ = try await bundle.write(to: &folder)
            return folder.files
        }

        @Test func oneHistoryIsExportedIdenticallyFromEveryStore() async throws {
            let path = Server.shared.folder + "/../copy-\(UUID().uuidString.prefix(8)).sqlite"
            defer {
                for end in ["", "-journal"] {
                    try? FileManager.default.removeItem(atPath: path + end)
                }
            }
            let server = try await PostgresAuditStore(try Server.shared.address())
            let file = try await SQLiteAuditStore(path: path)
            var random = SplitMix64(seed: 7)
            let seeds = (0..<64).map { _ in random.next() }
            for store in [server, file] as [any AuditStore] {
                let deployments = Deployments(
                    store: store,
                    origin: "bytes.0123456789abcdef",
                    clock: FixedClock(),
                    entropy: SeededEntropy(seeds)
                )
                for name in ["staging", "other"] {
                    let live = try await deployments.start(
                        Self.checklist(),
                        environment: Environment(Environment.ID(name), tier: .test),
                        version: "=1+1",
                        source: (path: "page.md", bytes: Array("# Release\n".utf8)),
                        by: .person("lena")
                    )
                    try await live.complete("do-it", by: .person("lena"), note: "a \u{1B}[31mnote")
                    try await live.sign(
                        "qa",
                        .approved,
                        by: .person("ada"),
                        reason: "fine \u{202E}"
                    )
                }
            }
            let (first, second) = (try await Self.export(server), try await Self.export(file))
            #expect(first == second)
            #expect(first.count > 5)
            // There and back again.
            let copied = try await PostgresAuditStore(try Server.shared.address())
            let copy = try await AuditLog(store: file, origin: "").copy(to: copied)
            #expect(try await Self.export(copied) == first)
            let back = try await SQLiteAuditStore(path: ":memory:")
            #expect(try await AuditLog(store: copied, origin: "").copy(to: back).head == copy.head)
            #expect(try await Self.export(back) == first)
        }
    }

    /// The same randomness for whoever asks in the same order.
    private final class SeededEntropy: EntropySource {
        private let lock = NSLock()
        private nonisolated(unsafe) var random: SplitMix64  // guarded by `lock`

        init(_ seeds: [UInt64]) {
            random = SplitMix64(seed: seeds.reduce(0, ^))
        }

        func next() -> Entropy {
            lock.withLock { Entropy(using: &random) }
        }
    }
#endif
