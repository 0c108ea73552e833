// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Freezes and maintenance windows by the clocks of two zones, and going on in spite of them.
@Suite struct FreezeTests {
    // What a promotion asks for is what stands there.
    @Test func whatWasTakenBackCountsAsCompletedNoMore() throws {
        func subject(_ version: String, original: DeploymentID? = nil) throws -> DeploymentSubject {
            DeploymentSubject(
                kind: original == nil ? .deploy : .rollback,
                service: "orders",
                environment: try Environment("staging", tier: .test),
                version: version,
                checklist: SHA256.digest(of: []),
                original: original
            )
        }
        var state = EnvironmentState()
        let now = Timestamp(milliseconds: 0)
        for (id, version) in [("d-1", "1"), ("d-2", "2")] as [(DeploymentID, String)] {
            state.apply(.entered(id, try subject(version)), at: now)
            state.apply(.completed(id), at: now)
        }
        #expect(state.standingCompletions.map(\.deployment) == ["d-1", "d-2"])
        state.apply(.entered("r-1", try subject("2", original: "d-2")), at: now)
        state.apply(.locked("r-1", by: "back", reason: nil), at: now)
        state.apply(.unlocked(reason: nil), at: now)
        #expect(state.standingCompletions.map(\.deployment) == ["d-1"])
        // The history stays as it was: snapshots of earlier versions are compared with it.
        #expect(state.completions.count == 2)
    }

    static func at(_ text: String) throws -> Timestamp { try ZoneRulesTests.at(text) }

    static func local(_ text: String) throws -> LocalTime { try #require(LocalTime(text)) }

    static func environment(_ zone: String) throws -> Environment {
        try Environment("production", tier: .production, networks: [.stellarMainnet], zone: zone)
    }

    static func calendar(freezes: [Occasion] = [], windows: [Occasion] = []) throws
        -> DeployCalendar
    {
        DeployCalendar(
            zones: [
                "Europe/Berlin": try TestZone.berlin(), "America/New_York": try TestZone.newYork(),
            ],
            freezes: freezes,
            windows: windows
        )
    }

    static func checklist() throws -> Checklist {
        try Checklist("Orders") {
            Phase("Prepare") { Item("Build it", id: "build") }
            Phase("Deploy") {
                Item("Ship it", id: "ship")
                Item("Look at it", id: "look")
            }
        }
    }

    static let sale = Occasion(
        name: "sale",
        environments: ["production"],
        time: .weekly([.sunday], from: 2 * 60 + 15, until: 2 * 60 + 45)
    )

    /// 02:15 to 02:45 on the Sunday on which the clocks are set: forward, where both times are
    /// skipped and are an hour later, and back, where it lasts through both half hours.
    @Test(
        arguments: [
            ("Europe/Berlin", "2026-03-29", "2026-03-29T01:15", "2026-03-29T01:45"),
            ("Europe/Berlin", "2026-10-25", "2026-10-25T00:15", "2026-10-25T01:45"),
            ("America/New_York", "2026-03-08", "2026-03-08T07:15", "2026-03-08T07:45"),
        ]
    )
    func aFreezeOnADayOnWhichTheClocksAreSet(
        zone: String,
        day: String,
        from: String,
        until: String
    ) throws {
        let calendar = try Self.calendar(freezes: [Self.sale])
        let environment = try Self.environment(zone)
        func obstacle(_ moment: Timestamp) -> CalendarObstacle? {
            calendar.obstacle(of: environment, recorded: [], at: moment)
        }
        let (begin, end) = (try Self.at(from), try Self.at(until))
        let expected = CalendarObstacle(kind: .freeze, name: "sale", until: end)
        #expect(obstacle(begin + .milliseconds(-1)) == nil)
        #expect(obstacle(begin) == expected)
        #expect(obstacle(end + .milliseconds(-1)) == expected)
        #expect(obstacle(end) == nil)
    }

    /// In New York the clocks show 01:15 to 01:45 twice on 1 November.
    @Test func aFreezeLastsThroughBothHoursThatTheClocksShow() throws {
        let freeze = Occasion(
            name: "night",
            time: .once(
                from: try Self.local("2026-11-01T01:15"),
                until: try Self.local("2026-11-01T01:45")
            ),
            zone: "America/New_York"
        )
        let calendar = try Self.calendar(freezes: [freeze])
        let environment = try Self.environment("Europe/Berlin")
        for moment in ["2026-11-01T05:15", "2026-11-01T05:50", "2026-11-01T06:44"] {
            let obstacle = calendar.obstacle(
                of: environment,
                recorded: [],
                at: try Self.at(moment)
            )
            #expect(try obstacle?.until == Self.at("2026-11-01T06:45"), "\(moment)")
        }
        let after = try Self.at("2026-11-01T06:45")
        #expect(calendar.obstacle(of: environment, recorded: [], at: after) == nil)
    }

    @Test func freezesThatFollowOneAnotherAreOne() throws {
        let weekend = Occasion(
            name: "weekend",
            time: .weekly([.saturday, .sunday], from: 0, until: 1440)
        )
        let holiday = Occasion(
            name: "holiday",
            time: .once(from: try Self.local("2026-11-23"), until: try Self.local("2026-11-24"))
        )
        let calendar = try Self.calendar(freezes: [holiday, weekend])
        let obstacle = calendar.obstacle(
            of: try Self.environment("UTC"),
            recorded: [],
            at: try Self.at("2026-11-21T12:00")
        )
        #expect(
            try obstacle
                == CalendarObstacle(
                    kind: .freeze,
                    name: "weekend",
                    until: Self.at("2026-11-24T00:00")
                )
        )
    }

    @Test func outsideTheWindowsNothingNewGoesOut() throws {
        // Over midnight, by the clocks of Berlin: 22:00 to 06:00.
        let night = Occasion(
            name: "nights",
            environments: ["production"],
            time: .weekly([.monday], from: 22 * 60, until: 6 * 60)
        )
        let calendar = try Self.calendar(windows: [night])
        let environment = try Self.environment("Europe/Berlin")
        func obstacle(_ moment: String) throws -> CalendarObstacle? {
            calendar.obstacle(of: environment, recorded: [], at: try Self.at(moment))
        }
        let opens = CalendarObstacle(kind: .closed, until: try Self.at("2026-11-23T21:00"))
        #expect(try obstacle("2026-11-23T20:59") == opens)
        #expect(try obstacle("2026-11-23T21:00") == nil)
        #expect(try obstacle("2026-11-24T04:59") == nil)
        #expect(try obstacle("2026-11-24T05:00")?.until == Self.at("2026-11-30T21:00"))
        let staging = try Environment("staging", tier: .test)
        let noon = try Self.at("2026-11-25T12:00")
        #expect(calendar.obstacle(of: staging, recorded: [], at: noon) == nil)
    }

    @Test func aStartInAFreezeIsRefusedAndNamesIt() throws {
        let always = Occasion(
            name: "year's end",
            time: .once(from: try Self.local("2025-12-20"), until: try Self.local("2026-01-04"))
        )
        let calendar = try Self.calendar(freezes: [always])
        #expect {
            _ = try Trial(try Self.checklist(), calendar: calendar)
        } throws: { error in
            guard let refusal = error as? Refusal else { return false }
            return refusal.code == .frozen && refusal.message.contains("year's end")
                && refusal.message.contains("2026-01-04T00:00:00.000Z")
        }
        // What puts nothing new out goes on.
        for kind in [DeploymentSubject.Kind.maintenance, .recovery, .rehearsal] {
            let trial = try Trial(try Self.checklist(), calendar: calendar, kind: kind)
            #expect(trial.deployment.status == .active)
            #expect(trial.environments["staging"]?.holder == nil)
        }
    }

    @Test func anOverrideIsOnRecordAndWantsAReview() throws {
        let always = Occasion(
            name: "year's end",
            time: .once(from: try Self.local("2025-12-20"), until: try Self.local("2026-01-04"))
        )
        var trial = try Trial(
            try Self.checklist(),
            calendar: try Self.calendar(freezes: [always]),
            breakGlass: "funds at risk",
            by: .person("rita@example.com")
        )
        #expect(trial.deployment.brokenGlass.map(\.glass.obstacles.count) == [1])
        for item in ["build", "ship", "look"] as [ItemID] {
            try trial.perform(.complete(item, note: nil, evidence: []))
        }
        #expect(trial.deployment.status == .active, "the review is missing")
        let slot = try #require(trial.deployment.signOffSlots.first?.id)
        let own = trial.decide(.sign(slot, .approved, reason: nil), by: .person("rita@example.com"))
        #expect(own.refusal?.code == .notEligible)
        try trial.perform(.sign(slot, .approved, reason: "looked into it"), by: .person("tom"))
        #expect(trial.deployment.status == .completed)
        #expect(trial.replayed() == trial.deployment)
    }

    @Test func whatHasBegunGoesOnInAFreezeAndWhatHasNotWaits() throws {
        var trial = try Trial(try Self.checklist())
        let freeze = RecordedFreeze(name: "INC-81", from: trial.now, until: nil)
        try trial.perform(.complete("build", note: nil, evidence: []))
        let reference = AttachmentReference(
            digest: SHA256.digest(of: []),
            byteCount: 0,
            mediaType: "text/plain"
        )
        trial.environments["staging"]?.apply(.frozen(freeze, reason: reference), at: trial.now)
        let refusal = trial.decide(.complete("ship", note: nil, evidence: [])).refusal
        #expect(refusal?.code == .frozen)
        #expect(refusal?.message.contains("INC-81") == true)
        trial.environments["staging"]?.apply(
            .thawed(name: "INC-81", reason: reference),
            at: trial.now
        )
        try trial.perform(.complete("ship", note: nil, evidence: []))
        trial.environments["staging"]?.apply(.frozen(freeze, reason: reference), at: trial.now)
        try trial.perform(.complete("look", note: nil, evidence: []))
        #expect(trial.deployment.status == .completed)
    }

    @Test func anOverrideAtOneGateHoldsBehindThatGateAlone() throws {
        let checklist = try Checklist("Orders") {
            Phase("Prepare") { Item("Build it", id: "build") }
            Phase("Deploy") { Item("Ship it", id: "ship") }
            Phase("Announce") { Item("Announce it", id: "tell") }
        }
        var trial = try Trial(checklist)
        try trial.perform(.complete("build", note: nil, evidence: []))
        let reference = AttachmentReference(
            digest: SHA256.digest(of: []),
            byteCount: 0,
            mediaType: "text/plain"
        )
        let freeze = RecordedFreeze(name: "INC-81", from: trial.now, until: nil)
        trial.environments["staging"]?.apply(.frozen(freeze, reason: reference), at: trial.now)
        let phases = trial.deployment.checklist.phases.map { GateID.phase($0.id) }
        try trial.perform(
            .breakGlass(phases[1], reason: "funds at risk"),
            by: .person("rita@example.com")
        )
        try trial.perform(.complete("ship", note: nil, evidence: []))
        let refusal = trial.decide(.complete("tell", note: nil, evidence: [])).refusal
        #expect(refusal?.code == .frozen)
    }

    @Test func theFormsReadBackAsTheyWereWritten() throws {
        let occasions = [
            Self.sale,
            Occasion(
                name: "x",
                time: .once(
                    from: try Self.local("2026-01-01"),
                    until: try Self.local("2026-01-02T03:04")
                ),
                zone: "Europe/Berlin"
            ),
            Occasion(name: "y", time: .weekly([], from: 0, until: 1440)),
        ]
        for occasion in occasions { #expect(try Occasion(json: occasion.json) == occasion) }
        for bad in [
            #"{"name":"x","from":"2026-01-02","until":"2026-01-01"}"#,
            #"{"name":"x","days":["mon"],"from":"25:00","until":"26:00"}"#,
            #"{"name":"x","days":["mon"],"from":"9:00","until":"10:00"}"#,
            #"{"name":" ","from":"2026-01-01","until":"2026-01-02"}"#,
            #"{"name":"x","days":["moon"],"from":"09:00","until":"10:00"}"#,
        ] {
            #expect(throws: JSONError.self) {
                try Occasion(json: try JSONValue(parsing: bad, within: .definition))
            }
        }
    }

    @Test func theLogKeepsFreezesAndASnapshotHasThem() async throws {
        let deployments = Deployments(store: InMemoryAuditStore())
        let (service, tom) = ("orders", Actor.person("tom@example.com"))
        let until = try Self.at("2099-01-01T00:00")
        let freeze = RecordedFreeze(
            name: "sale",
            from: try Self.at("2026-01-01T00:00"),
            until: until
        )
        #expect(
            try await deployments.freeze(freeze, "production", of: service, reason: "sale", by: tom)
        )
        #expect(
            try await !deployments.freeze(
                freeze,
                "production",
                of: service,
                reason: "sale",
                by: tom
            )
        )
        await #expect(throws: DeploymentError.self) {
            try await deployments.start(
                try Self.checklist(),
                service: service,
                environment: "production",
                version: "1",
                by: tom
            )
        }
        await #expect(throws: DeploymentError.self) {
            try await deployments.thaw("other", "production", of: service, reason: "x", by: tom)
        }
        try await deployments.thaw("sale", "production", of: service, reason: "over", by: tom)
        let live = try await deployments.start(
            try Self.checklist(),
            service: service,
            environment: "production",
            version: "1",
            by: tom
        )
        #expect(try await live.state().status == .active)
        #expect(try await deployments.services() == ["orders"])
    }
}
