// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// A gate that a freeze kept closed, and that is consumed all the same by an entry that nobody
/// decided, is found by whoever decides it anew.
@Suite struct GateFreezeTests {
    private static let lena = Actor.person("lena@example.com")
    private static let rita = Actor.person("rita@example.com")

    private struct Zones: ZoneSource {
        func rules(named name: String) -> ZoneRules? {
            name == "Europe/Berlin" ? try? TestZone.berlin() : nil
        }
    }

    /// New Year's Eve by the clocks of Berlin, which is over an hour before that of UTC.
    private static func newYear() throws -> Occasion {
        Occasion(
            name: "new year",
            environments: ["staging"],
            time: .once(
                from: try FreezeTests.local("2025-12-31T12:00"),
                until: try FreezeTests.local("2026-01-01T02:00")
            ),
            zone: "Europe/Berlin"
        )
    }

    private static func checklist() throws -> Checklist {
        try Checklist("Orders") {
            Phase("Build") { Item("Build it", id: "build") }
            Phase("Deploy", gate: .signOffs(.one(of: "QA", assurance: .asserted))) {
                Item("Ship it", id: "ship")
            }
        }
    }

    /// A deployment whose gate has its signature; the calendar alone may keep it closed.
    private static func signed(
        freezes: [Occasion] = [],
        windows: [Occasion] = [],
        startingAt start: String = "2025-12-31T09:00"
    ) async throws -> (LiveDeployment, FixedClock) {
        let clock = FixedClock(try FreezeTests.at(start))
        let deployments = Deployments(
            store: InMemoryAuditStore(),
            origin: "deploykit.test",
            clock: clock,
            entropy: SeededEntropy(seed: 5),
            zones: Zones(),
            freezes: freezes,
            windows: windows
        )
        let live = try await deployments.start(
            try checklist(),
            environment: Trial.staging(),
            version: "1.4.2",
            by: rita
        )
        try await live.complete("build", by: rita)
        try await live.sign("qa", .approved, by: lena)
        return (live, clock)
    }

    /// Says that the gate was consumed, as whoever owns the store can.
    private static func forge(_ live: LiveDeployment, at moment: Timestamp) async throws {
        let event = DeploymentEvent.gateConsumed(.phase("deploy"), round: 1)
        try await live.deployments.log.append(
            [
                NewEntry(
                    stream: .deployment(live.id),
                    kind: event.kind,
                    body: event.json.adding(["actor": lena.json])
                )
            ],
            at: moment,
            entropy: SystemEntropy().next()
        )
    }

    /// What somebody finds who has the log alone: no project file, another clock.
    private static func faults(
        in live: LiveDeployment,
        zones: any ZoneSource = Zones()
    ) async throws -> [String] {
        let reader = Deployments(store: live.deployments.log.store, zones: zones)
        let report = try await reader.log.verify()
        return try await reader.gateFaults(at: report.gates).map(\.message)
    }

    @Test func aGateForgedInAFreezeOfTheLogIsAFault() async throws {
        let (live, clock) = try await Self.signed()
        let freeze = RecordedFreeze(name: "INC-81", from: clock.now(), until: nil)
        try await live.deployments.freeze(
            freeze,
            "staging",
            of: "orders",
            reason: "the ledger is being repaired",
            by: Self.lena
        )
        await #expect(throws: DeploymentError.self) {
            try await live.complete("ship", by: Self.rita)
        }
        try await Self.forge(live, at: clock.now())
        let faults = try await Self.faults(in: live)
        #expect(faults.count == 1)
        #expect(faults.first?.contains("was not open: frozen by 'INC-81'") == true, "\(faults)")
    }

    @Test func aGateForgedInAFreezeOfTheProjectIsAFault() async throws {
        let (live, clock) = try await Self.signed(freezes: [try Self.newYear()])
        let moment = try FreezeTests.at("2026-01-01T00:59")
        clock.advance(by: moment - clock.now())
        await #expect(throws: DeploymentError.self) {
            try await live.complete("ship", by: Self.rita)
        }
        try await Self.forge(live, at: moment)
        let faults = try await Self.faults(in: live)
        #expect(faults.first?.contains("was not open: frozen by 'new year'") == true, "\(faults)")
        // Of a zone that is not known, nothing is claimed.
        #expect(try await Self.faults(in: live, zones: NoZones()) == [])
    }

    @Test func aGateForgedOutsideTheMaintenanceWindowsIsAFault() async throws {
        let morning = Occasion(
            name: "mornings",
            time: .weekly([.wednesday], from: 9 * 60, until: 12 * 60)
        )
        let (live, clock) = try await Self.signed(windows: [morning])
        let moment = try FreezeTests.at("2025-12-31T12:00")
        clock.advance(by: moment - clock.now())
        try await Self.forge(live, at: moment)
        let faults = try await Self.faults(in: live)
        #expect(faults.first?.contains("outside the maintenance windows") == true, "\(faults)")
    }

    @Test func aFreezeThatWasDeclaredLaterIsKnownFromWhatHappenedNext() async throws {
        let (live, clock) = try await Self.signed()
        let later = Deployments(
            store: live.deployments.log.store,
            clock: clock,
            zones: Zones(),
            freezes: [try Self.newYear()]
        )
        let moment = try FreezeTests.at("2025-12-31T23:00")
        clock.advance(by: moment - clock.now())
        try await later.deployment(live.id).perform(.note("waiting"), by: Self.rita)
        try await Self.forge(live, at: moment)
        #expect(try await Self.faults(in: live).count == 1)
    }

    @Test func aGateThatTheCalendarLetPassIsNoFault() async throws {
        let (live, clock) = try await Self.signed(freezes: [try Self.newYear()])
        let moment = try FreezeTests.at("2026-01-01T01:00")
        clock.advance(by: moment - clock.now())
        try await live.complete("ship", by: Self.rita)
        #expect(try await live.state().status == .completed)
        #expect(try await Self.faults(in: live) == [])
    }

    @Test func aFreezeThatSomebodyOverrodeIsNoFault() async throws {
        let (live, clock) = try await Self.signed(freezes: [try Self.newYear()])
        let moment = try FreezeTests.at("2025-12-31T23:00")
        clock.advance(by: moment - clock.now())
        try await live.perform(
            .breakGlass(.phase("deploy"), reason: "funds at risk"),
            by: Self.rita
        )
        try await live.complete("ship", by: Self.rita)
        #expect(try await Self.faults(in: live) == [])
    }

    @Test func theCalendarIsOnRecordOnceAndAnewWhereItChanges() async throws {
        let (live, clock) = try await Self.signed(freezes: [try Self.newYear()])
        func scheduled() async throws -> Int {
            let report = try await live.deployments.log.verify()
            return report.kinds["environment-scheduled"] ?? 0
        }
        #expect(try await scheduled() == 1)
        let state = try await live.deployments.environment("staging", of: "orders")
        #expect(try state.calendar == EnvironmentCalendar(freezes: [Self.newYear()]))
        let without = Deployments(store: live.deployments.log.store, clock: clock, zones: Zones())
        try await without.deployment(live.id).perform(.note("no freeze here"), by: Self.rita)
        #expect(try await scheduled() == 2)
        let json = EnvironmentEvent.scheduled(state.calendar)
        #expect(try EnvironmentEvent(kind: json.kind, json: json.json) == json)
    }

    @Test func aLogWithoutACalendarIsAsItWas() async throws {
        let (live, _) = try await Self.signed()
        let report = try await live.deployments.log.verify()
        #expect(report.kinds["environment-scheduled"] == nil)
    }
}
