// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit
    import DeployKitPostgres
    import DeployKitTesting
    import Foundation
    import Testing

    /// Servers and connections that go away at any moment, and disks that are full.
    ///
    /// Each prints a line that tells what it came to. `KILLS`, `CUTS`, `FULL_DISKS` and `FLIPS` set
    /// how much is tried, `SEED` where randomness starts.
    @Suite(.serialized, .enabled(if: Server.isHere, Server.absence)) struct FaultCampaignTests {
        static func number(_ variable: String, _ standard: Int) -> Int {
            ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? standard
        }

        static var seed: UInt64 { UInt64(number("SEED", 1)) }

        private static func report(
            _ name: String,
            _ figures: String,
            since start: ContinuousClock.Instant
        ) {
            let seconds = (ContinuousClock.now - start).components.seconds
            print("torture: postgres \(name), seed \(seed): \(figures) (\(seconds) s)")
            fflush(nil)
        }

        /// What the writers were told.
        private actor Ledger {
            private(set) var heads: [LogHead] = []
            private(set) var failures: [String] = []

            func acknowledge(_ head: LogHead) { heads.append(head) }
            func fail(_ failure: String) { failures.append(failure) }

            /// Waits until more is acknowledged than so much, a minute at the most.
            func wait(for count: Int) async throws {
                for _ in 0..<12_000 where heads.count <= count {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try #require(heads.count > count)
            }
        }

        /// Three writers append without a pause while the server is killed under them; they go on by
        /// themselves, and no append may be lost, made twice, or reported as failed.
        @Test func whatWasAcknowledgedSurvivesTheServersDeath() async throws {
            let kills = Self.number("KILLS", 25)
            let start = ContinuousClock.now
            try await Server.with { server in
                let address = try server.address(schema: "killed")
                _ = try await PostgresAuditStore(address)
                let ledger = Ledger()
                let tasks = (0..<3).map { writer in
                    Task { await Self.write(to: address, writer, ledger) }
                }
                var random = SplitMix64(seed: Self.seed)
                for _ in 0..<kills {
                    // Always in the midst of work.
                    try await ledger.wait(for: ledger.heads.count)
                    try await Task.sleep(
                        for: .microseconds(Int.random(in: 0...60_000, using: &random))
                    )
                    try server.control("kill")
                    try server.control("start")
                }
                try await ledger.wait(for: ledger.heads.count)
                for task in tasks {
                    task.cancel()
                    await task.value
                }
                let heads = await ledger.heads
                #expect(await ledger.failures == [])
                let store = try await PostgresAuditStore(address)
                let report = try await AuditLog(store: store, origin: "").verify(against: heads)
                #expect(report.faults == [])
                #expect(report.contradicted == [])
                #expect(heads.count > kills)
                #expect(try await store.faults() == [])
                // One head for each append, which has one entry: none is lost, none is there twice; of
                // those that were cancelled at the end nobody was told.
                let size = try await store.count()
                #expect((1 + heads.count...1 + heads.count + tasks.count).contains(size))
                #expect(Set(heads.map(\.size)).count == heads.count)
                Self.report(
                    "kills",
                    "\(kills) kills, \(heads.count) acknowledged appends, "
                        + "\(report.contradicted.count) lost, \(report.faultCount) faults",
                    since: start
                )
            }
        }

        private static func write(
            to address: PostgresAddress,
            _ writer: Int,
            _ ledger: Ledger
        ) async {
            do throws(AuditStoreError) {
                let store = try await PostgresAuditStore(
                    address,
                    busyTimeout: .seconds(20),
                    patience: .seconds(60)
                )
                let log = AuditLog(store: store, origin: SampleLog.origin)
                var number = 0
                while !Task.isCancelled {
                    number += 1
                    var append = SampleLog.append(number, of: writer)
                    append.events = [append.events[0]]
                    do throws(AuditStoreError) {
                        await ledger.acknowledge(try await append.go(to: log).head)
                    } catch {
                        // Whoever is cancelled may be told so.
                        if !Task.isCancelled { await ledger.fail("\(writer), \(number): \(error)") }
                    }
                }
            } catch {
                await ledger.fail("\(error)")
            }
        }

        /// The connection is cut after every few bytes of an append, on the way there and back.
        @Test func anAppendWhoseConnectionIsCutIsInTheLogOnce() async throws {
            let cuts = Self.number("CUTS", 60)
            let start = ContinuousClock.now
            let proxy = try Proxy(to: .shared)
            defer { proxy.stop() }
            let schema = try Server.shared.address().schema
            let address = try PostgresAddress(
                Server.shared.url(schema: schema, host: proxy.folder)
            )
            let store = try await PostgresAuditStore(address)
            let log = AuditLog(store: store, origin: SampleLog.origin)
            for number in 1...3 { try await SampleLog.append(number).go(to: log) }
            // What one append takes, on a connection that knows its statements.
            proxy.begin(.none)
            try await SampleLog.append(4).go(to: log)
            let whole = proxy.passed
            var heads: [LogHead] = []
            var made = 4
            for cut in 0..<cuts {
                for isSent in [true, false] {
                    let length = isSent ? whole.sent : whole.received
                    let place = cut * length / cuts
                    proxy.begin(isSent ? .cutAfterSent(place) : .cutAfterReceived(place))
                    made += 1
                    let held = try await PostgresAuditStore(
                        Server.shared.address(schema: schema),
                        access: .readOnly
                    ).count()
                    let append = SampleLog.append(made)
                    let receipt = try await append.go(to: log)
                    heads.append(receipt.head)
                    #expect(
                        receipt.head.size == held + append.events.count,
                        "cut \(isSent ? "to" : "from") the server at \(place)"
                    )
                }
            }
            proxy.begin(.none)
            let report = try await log.verify(against: heads)
            #expect(report.faults == [] && report.contradicted == [])
            #expect(try await store.faults() == [])
            Self.report(
                "cuts",
                "\(heads.count) cuts within \(whole.sent) bytes there and \(whole.received) back, "
                    + "\(report.contradicted.count) lost, "
                    + "\(heads.count - Set(heads.map(\.size)).count) twice",
                since: start
            )
        }

        /// Nobody answers and nobody hangs up: the doubt is told as one, and the key resolves it.
        @Test func aNetworkThatSwallowsEverythingLeavesADoubtThatTheKeyResolves() async throws {
            let proxy = try Proxy(to: .shared)
            defer { proxy.stop() }
            let direct = try Server.shared.address()
            let address = try PostgresAddress(
                Server.shared.url(schema: direct.schema, host: proxy.folder)
            )
            let store = try await PostgresAuditStore(
                address,
                busyTimeout: .milliseconds(300),
                patience: .milliseconds(1200)
            )
            func open() async throws -> AuditLog {
                let log = AuditLog(store: store, origin: SampleLog.origin)
                _ = try await log.head()
                return log
            }
            for number in 1...3 { try await SampleLog.append(number).go(to: open()) }
            var log = try await open()
            proxy.begin(.none)
            // All that follow have as many bytes.
            try await SampleLog.append(4).go(to: log, key: "swallowed-04")
            let length = proxy.passed.sent
            var told: [AuditStoreError.Code?] = []
            for (number, place) in [(7, length / 8), (13, length * 3 / 4), (16, length - 1)] {
                log = try await open()
                let held = try await log.head().size
                let key = "swallowed-\(number)"
                let append = SampleLog.append(number)
                proxy.begin(.silentAfterSent(place))
                let start = ContinuousClock.now
                told.append(
                    await code { () throws(AuditStoreError) in
                        try await append.go(to: log, key: key)
                    }
                )
                #expect(ContinuousClock.now - start < .seconds(12))
                proxy.begin(.none)
                try await Task.sleep(for: .milliseconds(100))
                // Whoever was told of a doubt asks again with the same key.
                let again = AuditLog(
                    store: try await PostgresAuditStore(direct, busyTimeout: .seconds(40)),
                    origin: ""
                )
                if try await again.entries(forKey: key) == nil {
                    try await append.go(to: again, key: key)
                }
                #expect(try await again.head().size == held + append.events.count)
            }
            // Lost before anything was written, it is an error; later it is a doubt, or resolved.
            for code in told {
                #expect([nil, .unavailable, .unknownOutcome, .busy].contains(code))
            }
            print("torture: postgres silence: \(told.map { $0?.rawValue ?? "resolved" })")
        }

        /// Bytes of the server's answers change on the way: whatever is read is refused, or found
        /// by a hash, or the same.
        @Test func aLyingServerIsNeverBelieved() async throws {
            let flips = Self.number("FLIPS", 200)
            let start = ContinuousClock.now
            let direct = try Server.shared.address()
            let log = AuditLog(
                store: try await PostgresAuditStore(direct),
                origin: SampleLog.origin
            )
            for number in 1...30 { try await SampleLog.append(number).go(to: log) }
            let head = try await log.head()
            let proxy = try Proxy(to: .shared)
            defer { proxy.stop() }
            let address = try PostgresAddress(
                Server.shared.url(schema: direct.schema, host: proxy.folder)
            )
            @Sendable func read() async throws -> VerificationReport {
                let store = try await PostgresAuditStore(
                    address,
                    access: .readOnly,
                    patience: .milliseconds(500)
                )
                return try await AuditLog(store: store, origin: "").verify(against: [head])
            }
            proxy.begin(.none)
            #expect(try await read().verdict == .anchored)
            let length = proxy.passed.received
            var random = SplitMix64(seed: Self.seed)
            var counts = ["same": 0, "found by a hash": 0]
            for flip in 0..<flips {
                let place = Int.random(in: 0..<length, using: &random)
                proxy.begin(.flip(at: place, 1 << UInt8.random(in: 0..<8, using: &random)))
                do {
                    let report = try await read()
                    if report.verdict == .anchored, report.head == head {
                        counts["same", default: 0] += 1
                    } else {
                        #expect(
                            [.invalid, .diverged].contains(report.verdict),
                            "flip \(flip) at \(place)"
                        )
                        counts["found by a hash", default: 0] += 1
                    }
                } catch let error as AuditStoreError {
                    counts[error.code.rawValue, default: 0] += 1
                }
            }
            let figures = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            Self.report(
                "flips",
                "\(flips) within \(length) bytes: \(figures.joined(separator: ", "))",
                since: start
            )
        }

        /// A server that says something for ever, and nothing that was asked.
        @Test(
            arguments: [
                // NoticeResponse, ParameterStatus, NotificationResponse, an empty row, nonsense.
                [0x4E, 0, 0, 0, 9, 0x4D, 0x61, 0, 0, 0], [0x53, 0, 0, 0, 8, 0x61, 0, 0x62, 0],
                [0x41, 0, 0, 0, 12, 0, 0, 0, 1, 0x61, 0, 0x62, 0], [0x44, 0, 0, 0, 6, 0, 0],
                [0x5A, 0, 0, 0, 5, 0x49], [0x52, 0, 0, 0, 8, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF],
                [0x31, 0, 0, 0, 4], [0x57, 0, 0, 0, 7, 0, 0, 0], [0x44, 0x7F, 0xFF, 0xFF, 0xFF],
            ] as [[UInt8]]
        )
        func aServerThatTalksForEverIsLeft(_ words: [UInt8]) async throws {
            let direct = try Server.shared.address()
            let writer = AuditLog(
                store: try await PostgresAuditStore(direct),
                origin: SampleLog.origin
            )
            try await SampleLog.append(1).go(to: writer)
            let proxy = try Proxy(to: .shared)
            defer { proxy.stop() }
            let address = try PostgresAddress(
                Server.shared.url(schema: direct.schema, host: proxy.folder)
            )
            let store = try await PostgresAuditStore(address, patience: .milliseconds(700))
            for isOpen in [true, false] {
                proxy.begin(.flood(Array(repeatElement(words, count: 100).joined())))
                let start = ContinuousClock.now
                #expect(
                    await code { () throws(AuditStoreError) in
                        if isOpen {
                            _ = try await store.records(in: 0..<10)
                        } else {
                            _ = try await PostgresAuditStore(address, patience: .milliseconds(700))
                        }
                    } != nil
                )
                #expect(ContinuousClock.now - start < .seconds(6))
            }
        }

        // Only root may mount a small disk.
        @Test(.enabled(if: getuid() == 0, "a small disk can be mounted by root only"))
        func aFullDiskKeepsTheLogWhole() async throws {
            let points = Self.number("FULL_DISKS", 6)
            let start = ContinuousClock.now
            var outcomes: [String: Int] = [:]
            try await Server.with(sizeInMiB: 80) { server in
                let address = try server.address(schema: "full")
                var log = AuditLog(
                    store: try await PostgresAuditStore(address),
                    origin: SampleLog.origin
                )
                var heads: [LogHead] = []
                var number = 1
                for _ in 0..<30 {
                    heads.append(try await SampleLog.append(number).go(to: log).head)
                    number += 1
                }
                let ballast = server.folder + "/data/ballast"
                for point in 0..<points {
                    try Self.fill(ballast, leaving: 16_384 + point * 160_000)
                    var refusal: AuditStoreError.Code?
                    for _ in 0..<60 where refusal == nil {
                        var append = SampleLog.append(number)
                        Self.addBallast(to: &append, number)
                        refusal = await code { () throws(AuditStoreError) in
                            heads.append(try await append.go(to: log).head)
                        }
                        if refusal == nil { number += 1 }
                    }
                    outcomes[refusal?.rawValue ?? "no refusal", default: 0] += 1
                    try FileManager.default.removeItem(atPath: ballast)
                    // A server without room for its own log ends; whoever runs it starts it again.
                    try? server.control("stop")
                    try server.control("start")
                    let store = try await PostgresAuditStore(address, patience: .seconds(30))
                    log = AuditLog(store: store, origin: "")
                    let report = try await log.verify(against: heads)
                    #expect(report.faults == [] && report.contradicted == [], "point \(point)")
                    #expect(try await store.faults() == [])
                    var append = SampleLog.append(number)
                    Self.addBallast(to: &append, number)
                    do throws(AuditStoreError) {
                        heads.append(try await append.go(to: log).head)
                    } catch {
                        // The refused one is there after all.
                        #expect(error.code == .duplicateKey && refusal == .unknownOutcome)
                    }
                    number += 1
                    try RawServer(server).run("CHECKPOINT")
                }
                Self.report(
                    "full disks",
                    "\(points) disks: \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }), "
                        + "\(heads.count) heads confirmed",
                    since: start
                )
            }
            #expect(outcomes["no refusal"] == nil)
        }

        /// Attachments that need some room.
        private static func addBallast(to append: inout SampleLog.Append, _ number: Int) {
            var random = SplitMix64(seed: UInt64(number) &+ 1_000_000)
            var attachments = Attachments(entropy: Entropy(using: &random))
            let references = (0..<4).map { _ in
                attachments.attach(
                    String(decoding: random.bytes(30_000).map { 97 + $0 % 26 }, as: UTF8.self)
                )
            }
            append.blobs += attachments.blobs
            append.events.append(
                NewEntry(
                    stream: "ballast",
                    kind: "sample",
                    body: .members(["outputs": .array(references.compactMap { $0?.json })])
                )
            )
        }

        /// Makes a file at `path` that leaves so many bytes of its file system.
        private static func fill(_ path: String, leaving bytes: Int) throws {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
            defer { close(descriptor) }
            var status = statvfs()
            try #require(fstatvfs(descriptor, &status) == 0)
            let room = Int(status.f_bavail) * Int(status.f_frsize) - bytes
            try #require(room > 0 && posix_fallocate(descriptor, 0, room) == 0)
        }
    }
#endif
