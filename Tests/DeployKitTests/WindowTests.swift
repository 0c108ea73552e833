// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Monitoring windows: when they start, what is due, late and missed, and what they keep closed.
@Suite struct WindowTests {
    /// One item to deploy, one window of a single observation, one by the hour, one by the day.
    static func checklist(windows: [MonitoringWindow]? = nil) throws -> Checklist {
        try Checklist("Orders", windows: windows ?? Self.windows()) {
            Phase("Deploy") { Item("Ship it", id: "ship-it") }
        }
    }

    static func windows() throws -> [MonitoringWindow] {
        [
            try MonitoringWindow(id: "at-once", title: "0-30 minutes", duration: .minutes(30)),
            try MonitoringWindow(
                id: "first-day",
                title: "First day",
                duration: .hours(3),
                cadence: .hours(1),
                initialDelay: .hours(1)
            ),
            try MonitoringWindow(
                id: "week-1",
                title: "Week 1",
                startAfter: .days(1),
                duration: .days(2),
                cadence: .days(1)
            ),
        ]
    }

    static func observing(_ windows: [MonitoringWindow]? = nil) throws -> Trial {
        var trial = try Trial(try checklist(windows: windows))
        try trial.perform(.complete("ship-it", note: nil, evidence: []))
        return trial
    }

    static func made(_ window: WindowID, _ number: Int? = nil) -> DeploymentCommand {
        .observe(window, number, .made(note: nil, evidence: []))
    }

    @Test func theyStartWhenTheLastItemIsSettled() throws {
        var trial = try Trial(try Self.checklist())
        #expect(trial.deployment.windows.isEmpty)
        #expect(trial.decide(Self.made("at-once")).refusal?.code == .wrongState)
        try trial.perform(.complete("ship-it", note: nil, evidence: []))
        #expect(trial.deployment.status == .observing)
        #expect(trial.deployment.windows.map(\.due.count) == [1, 3, 3])
        #expect(trial.deployment.windows[0].due == [trial.now + .minutes(30)])
        #expect(trial.environments["staging"]?.holder == nil)
        #expect(trial.environments["staging"]?.observer != nil)
    }

    @Test func anObservationIsDueThenLateThenMissed() throws {
        var trial = try Self.observing()
        let start = trial.now
        let second = ObservationID(window: "first-day", number: 2)
        let expected: [(Duration, ObservationStanding)] = [
            (.minutes(119), .upcoming), (.minutes(120), .due), (.seconds(8099), .due),
            (.minutes(135), .late), (.seconds(10_799), .late), (.minutes(180), .missed),
        ]
        for (after, standing) in expected {
            trial.now = start + after
            #expect(trial.deployment.standing(of: second, given: trial.facts) == standing)
        }
        // The last has as long as those before it.
        let third = ObservationID(window: "first-day", number: 3)
        trial.now = start + .seconds(14_399)
        #expect(trial.deployment.standing(of: third, given: trial.facts) == .late)
        trial.now = start + .hours(4)
        #expect(trial.deployment.standing(of: third, given: trial.facts) == .missed)
    }

    @Test func aSingleOneMayBeMadeFromTheBeginning() throws {
        var trial = try Self.observing()
        let id = ObservationID(window: "at-once", number: 1)
        #expect(trial.deployment.standing(of: id, given: trial.facts) == .open)
        try trial.perform(Self.made("at-once"))
        #expect(trial.deployment.standing(of: id, given: trial.facts) == .made)
        #expect(trial.decide(Self.made("at-once")) == .already)
    }

    @Test func whatIsNotDueCannotBeMade() throws {
        var trial = try Self.observing()
        #expect(trial.decide(Self.made("first-day")).refusal?.code == .wrongState)
        #expect(trial.decide(Self.made("first-day", 2)).refusal?.code == .notReady)
        #expect(trial.decide(Self.made("first-day", 4)).refusal?.code == .unknownName)
        #expect(trial.decide(Self.made("first-day", 0)).refusal?.code == .unknownName)
    }

    @Test func aMissedOneKeepsTheEndClosedUntilItIsWaived() throws {
        var trial = try Self.observing()
        let start = trial.now
        try trial.perform(Self.made("at-once"))
        for hour in [1, 3] {
            trial.now = start + .hours(hour)
            try trial.perform(Self.made("first-day"))
        }
        for day in 1...3 {
            trial.now = start + .days(day)
            try trial.perform(Self.made("week-1"))
        }
        let closed = GateReason.observations("first-day", open: 0, missed: [2], failed: [])
        #expect(trial.deployment.verdict(of: .completion, given: trial.facts) == .closed([closed]))
        #expect(trial.decide(Self.made("first-day", 2)).refusal?.code == .wrongState)
        let noReason = DeploymentCommand.observe("first-day", 2, .waived(reason: " "))
        #expect(trial.decide(noReason).refusal?.code == .reasonMissing)
        try trial.perform(.observe("first-day", 2, .waived(reason: "nobody was there")))
        #expect(trial.deployment.status == .completed)
        #expect(trial.environments["staging"]?.completions.count == 1)
    }

    @Test func whatWasMissedIsRecordedByTheNextWriterWithItsOwnMoment() throws {
        var trial = try Self.observing()
        let start = trial.now
        trial.now = start + .hours(3) + .minutes(1)
        // Whoever only looks records nothing.
        let count = trial.log.count
        #expect(
            trial.deployment.dueEntries(given: trial.facts).filter { $0.standing == .missed }.count
                == 3
        )
        #expect(trial.log.count == count)
        try trial.perform(.note("back from lunch"), by: .person("tom@example.com"))
        let missed = trial.log.compactMap { recorded -> (ObservationID, Timestamp, Timestamp)? in
            guard case .window(.missed(let id, let moment)) = recorded.event else { return nil }
            return (id, moment, recorded.at)
        }
        #expect(missed.map(\.0.description) == ["at-once#1", "first-day#1", "first-day#2"])
        #expect(missed.map(\.1) == [start + .hours(1), start + .hours(2), start + .hours(3)])
        #expect(missed.allSatisfy { $0.2 == trial.now })
        // A clock that is set back takes nothing back.
        trial.now = start
        #expect(trial.decide(Self.made("at-once")).refusal?.code == .wrongState)
        let id = ObservationID(window: "first-day", number: 3)
        #expect(trial.deployment.standing(of: id, given: trial.facts) == .due)
    }

    @Test func aFailedObservationHaltsAndTakesTheLockAgain() throws {
        var trial = try Self.observing()
        try trial.perform(.observe("at-once", nil, .failed(reason: "errors in the log")))
        let id = ObservationID(window: "at-once", number: 1)
        #expect(trial.deployment.status == .halted(.observationFailed(id)))
        #expect(trial.environments["staging"]?.holder != nil)
        try trial.perform(.observe("at-once", nil, .reopened(reason: nil)))
        #expect(trial.deployment.status == .observing)
        #expect(trial.environments["staging"]?.holder == nil)
    }

    @Test func anItemThatIsOpenAgainTakesTheLockAgain() throws {
        var trial = try Self.observing()
        try trial.perform(.reopen("ship-it", reason: "the wrong image"))
        #expect(trial.deployment.status == .active)
        #expect(trial.environments["staging"]?.holder != nil)
        let plans = trial.deployment.windows
        trial.now = trial.now + .minutes(5)
        try trial.perform(.complete("ship-it", note: nil, evidence: []))
        #expect(trial.deployment.status == .observing)
        #expect(trial.environments["staging"]?.holder == nil)
        #expect(trial.deployment.windows == plans, "the windows go on as they were")
    }

    @Test func allThatIsLeftCanBeWaivedAtOnce() throws {
        var trial = try Self.observing()
        try trial.perform(Self.made("at-once"))
        try trial.perform(.observe("first-day", nil, .waived(reason: "a trial")))
        try trial.perform(.observe("week-1", nil, .waived(reason: "a trial")))
        #expect(trial.deployment.status == .completed)
    }

    @Test func aWindowOfAnotherEnvironmentDoesNotRun() throws {
        let window = try MonitoringWindow(
            id: "w",
            title: "Week 1",
            duration: .days(7),
            cadence: .days(1)
        )
        let checklist = try Checklist("Orders", windows: [window]) {
            Phase("Deploy") { Item("Ship it", id: "ship-it") }
            Phase("Watch", isFollowUp: true) {
                Section("Week 1", environment: "production") { Item("Daily look at the metrics") }
                Section("Review") { Item("Review it", id: "review-it") }
            }
        }
        var trial = try Trial(checklist)
        try trial.perform(.complete("ship-it", note: nil, evidence: []))
        #expect(trial.deployment.status == .observing)
        #expect(trial.deployment.windows.isEmpty)
        var production = try Trial(checklist, environment: Trial.production())
        try production.perform(.complete("ship-it", note: nil, evidence: []))
        #expect(production.deployment.windows.map(\.isRequired) == [true])
    }

    @Test func anOptionalWindowKeepsNothingClosed() throws {
        let window = try MonitoringWindow(
            id: "w",
            title: "Week 1",
            duration: .days(7),
            cadence: .days(1)
        )
        let checklist = try Checklist("Orders", windows: [window]) {
            Phase("Deploy") { Item("Ship it", id: "ship-it") }
            Phase("Watch", isFollowUp: true) {
                Section("Week 1", requirement: .optional) { Item("Daily look at the metrics") }
                Section("Review") { Item("Review it", id: "review-it") }
            }
        }
        var trial = try Trial(checklist)
        try trial.perform(.complete("ship-it", note: nil, evidence: []))
        #expect(trial.deployment.windows.map(\.isRequired) == [false])
        try trial.perform(.complete("review-it", note: nil, evidence: []))
        #expect(trial.deployment.status == .completed)
    }

    /// Berlin sets its clocks on 29 March and 25 October 2026, New York on 8 March and 1 November.
    @Test(
        arguments: [
            ("Berlin", "2026-03-28T14:00", ["2026-03-29T13:00", "2026-03-30T13:00"]),
            ("Berlin", "2026-10-24T13:00", ["2026-10-25T14:00", "2026-10-26T14:00"]),
            // 02:30 does not occur on the next day, and is meant as 03:30.
            ("Berlin", "2026-03-28T01:30", ["2026-03-29T01:30", "2026-03-30T00:30"]),
            // 02:30 occurs twice on the next day, and the first is meant.
            ("Berlin", "2026-10-24T00:30", ["2026-10-25T00:30", "2026-10-26T01:30"]),
            ("New York", "2026-03-07T20:00", ["2026-03-08T19:00", "2026-03-09T19:00"]),
            ("New York", "2026-03-07T07:30", ["2026-03-08T07:30", "2026-03-09T06:30"]),
            ("New York", "2026-10-31T05:30", ["2026-11-01T05:30", "2026-11-02T06:30"]),
        ]
    )
    func daysAreDaysOfTheZone(zone: String, start: String, days: [String]) throws {
        let rules = zone == "Berlin" ? try TestZone.berlin() : try TestZone.newYork()
        let window = try MonitoringWindow(
            id: "w",
            title: "Days",
            startAfter: .days(1),
            duration: .days(1),
            cadence: .days(1)
        )
        let start = try ZoneRulesTests.at(start)
        #expect(try window.dueTimes(after: start, in: rules) == days.map(ZoneRulesTests.at))
        let weekly = try MonitoringWindow(
            id: "w",
            title: "Weeks",
            duration: .days(7),
            cadence: .days(7)
        )
        let due = weekly.dueTimes(after: start, in: rules)
        #expect(rules.local(at: due[1]) == rules.local(at: start).adding(days: 7))
    }

    @Test func hoursAreHoursWhateverTheClocksShow() throws {
        let window = try MonitoringWindow(
            id: "w",
            title: "First day",
            duration: .hours(24),
            cadence: .hours(1)
        )
        let start = try ZoneRulesTests.at("2026-03-28T20:00")
        let due = window.dueTimes(after: start, in: try TestZone.berlin())
        #expect(due.count == 25)
        #expect(zip(due, due.dropFirst()).allSatisfy { $1 - $0 == .hours(1) })
    }

    @Test func aWindowOfTooManyObservationsIsRefusedAtTheStart() throws {
        let window = try MonitoringWindow(
            id: "w",
            title: "W",
            duration: .days(7),
            cadence: .minutes(1)
        )
        #expect {
            _ = try Trial(try Self.checklist(windows: [window]))
        } throws: {
            ($0 as? Refusal)?.code == .tooManyObservations
        }
    }

    @Test func aZoneOfWhichNothingIsKnownIsRefusedAtTheStart() throws {
        let environment = try Environment("eu", tier: .test, zone: "Europe/Atlantis")
        #expect {
            _ = try Trial(try Self.checklist(), environment: environment)
        } throws: {
            ($0 as? Refusal)?.code == .unknownZone
        }
    }

    @Test func theEventsReadBackAsTheyWereWritten() throws {
        var trial = try Self.observing()
        try trial.perform(.observe("at-once", nil, .failed(reason: "bad")))
        try trial.perform(.observe("at-once", nil, .reopened(reason: nil)))
        try trial.perform(.observe("at-once", nil, .made(note: "good", evidence: [.text("log")])))
        trial.now = trial.now + .hours(5)
        try trial.perform(.observe("week-1", nil, .waived(reason: "enough")))
        for event in trial.log.map(\.event) {
            let bytes = try event.json.canonicalBytes(within: .record)
            #expect(
                try DeploymentEvent(kind: event.kind, json: JSONValue(canonical: bytes)) == event
            )
        }
        #expect(trial.replayed() == trial.deployment)
    }
}
