// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Zones whose clocks are set at known moments, made as files of the zone database.
enum TestZone {
    /// A file of version 2 with one change and the rule that holds after it.
    static func file(_ footer: String, offset: Int, changes: [(at: Int64, offset: Int)] = [])
        -> [UInt8]
    {
        func bytes(_ value: Int64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (Int64($0) * 8)) }
        }
        func header(_ moments: Int, _ types: Int) -> [UInt8] {
            let counts = [0, 0, 0, moments, types, 4]
            return Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
                + counts.flatMap { bytes(Int64($0), 4) }
        }
        func type(_ offset: Int) -> [UInt8] { bytes(Int64(offset), 4) + [0, 0] }
        let first = header(0, 1) + type(0) + Array("UTC\0".utf8)
        var second = header(changes.count, 1 + changes.count)
        for change in changes { second += bytes(change.at, 8) }
        second += (0..<changes.count).map { UInt8($0 + 1) }
        second += type(offset) + changes.flatMap { type($0.offset) } + Array("ABC\0".utf8)
        return first + second + Array("\n\(footer)\n".utf8)
    }

    static func rules(_ name: String, _ footer: String, offset: Int) throws -> ZoneRules {
        try #require(ZoneRules(name: name, tzif: file(footer, offset: offset)))
    }

    /// Clocks go forward on the last Sunday of March, back on that of October, both at 01:00 UTC.
    static func berlin() throws -> ZoneRules {
        try rules("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3", offset: 3600)
    }

    /// Clocks go forward on the second Sunday of March, back on the first of November, at 02:00.
    static func newYork() throws -> ZoneRules {
        try rules("America/New_York", "EST5EDT,M3.2.0,M11.1.0", offset: -18_000)
    }

    /// Summer is over the new year, and half an hour long.
    static func lordHowe() throws -> ZoneRules {
        try rules("Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", offset: 37_800)
    }
}

@Suite struct ZoneRulesTests {
    static func at(_ text: String) throws -> Timestamp {
        try #require(Timestamp("\(text):00.000Z"), "\(text)")
    }

    @Test func theClocksAreSetWhenTheRuleSaysSo() throws {
        let berlin = try TestZone.berlin()
        #expect(berlin.offset(at: try Self.at("2026-03-29T00:59")) == 3600)
        #expect(berlin.offset(at: try Self.at("2026-03-29T01:00")) == 7200)
        #expect(berlin.offset(at: try Self.at("2026-10-25T00:59")) == 7200)
        #expect(berlin.offset(at: try Self.at("2026-10-25T01:00")) == 3600)
        let newYork = try TestZone.newYork()
        #expect(newYork.offset(at: try Self.at("2026-03-08T06:59")) == -18_000)
        #expect(newYork.offset(at: try Self.at("2026-03-08T07:00")) == -14_400)
        #expect(newYork.offset(at: try Self.at("2026-11-01T05:59")) == -14_400)
        #expect(newYork.offset(at: try Self.at("2026-11-01T06:00")) == -18_000)
        let south = try TestZone.lordHowe()
        #expect(south.offset(at: try Self.at("2026-01-01T00:00")) == 39_600)
        #expect(south.offset(at: try Self.at("2026-07-01T00:00")) == 37_800)
    }

    @Test(arguments: [
        ("2026-03-29T02:30", "2026-03-29T01:30"), ("2026-03-29T02:00", "2026-03-29T01:00"),
    ])
    func aTimeInTheGapIsAsMuchLater(local: String, utc: String) throws {
        let time = try #require(LocalTime(local))
        #expect(try TestZone.berlin().moment(of: time) == Self.at(utc))
    }

    @Test func aTimeInTheFoldIsMeantOnceOrTheOtherTime() throws {
        let berlin = try TestZone.berlin()
        let time = try #require(LocalTime("2026-10-25T02:30"))
        #expect(try berlin.moment(of: time) == Self.at("2026-10-25T00:30"))
        #expect(try berlin.moment(of: time, .second) == Self.at("2026-10-25T01:30"))
        let newYork = try TestZone.newYork()
        let other = try #require(LocalTime("2026-11-01T01:30"))
        #expect(try newYork.moment(of: other) == Self.at("2026-11-01T05:30"))
        #expect(try newYork.moment(of: other, .second) == Self.at("2026-11-01T06:30"))
        let gap = try #require(LocalTime("2026-03-08T02:30"))
        #expect(try newYork.moment(of: gap) == Self.at("2026-03-08T07:30"))
    }

    @Test func aDayOfTheCalendarKeepsTheTimeOfDay() throws {
        let berlin = try TestZone.berlin()
        let start = try Self.at("2026-03-28T14:00")
        #expect(try berlin.moment(.days(1), after: start) == Self.at("2026-03-29T13:00"))
        #expect(try berlin.moment(.hours(23), after: start) == Self.at("2026-03-29T13:00"))
        #expect(
            try berlin.moment(.days(1) + .hours(2), after: start) == Self.at("2026-03-29T15:00")
        )
    }

    /// What the clocks show leads back to the moment, in every hour of three years.
    @Test func theWayBackIsTheWayThere() throws {
        for zone in [try TestZone.berlin(), try TestZone.newYork(), try TestZone.lordHowe()] {
            var moment = try Self.at("2025-01-01T00:15")
            for _ in 0..<(3 * 8766) {
                let local = zone.local(at: moment)
                let back = [zone.moment(of: local), zone.moment(of: local, .second)]
                if !back.contains(moment) { Issue.record("\(zone.name) \(moment)") }
                moment = moment + .hours(1)
            }
        }
    }

    @Test func recordedChangesGoBeforeTheRule() throws {
        let change = try Self.at("2000-06-01T00:00").milliseconds / 1000
        let file = TestZone.file(
            "EST5",
            offset: 60,
            changes: [(change, 7200), (change + 60, 3600)]
        )
        let zone = try #require(ZoneRules(name: "Test", tzif: file))
        #expect(zone.offset(at: try Self.at("1999-01-01T00:00")) == 60)
        #expect(zone.offset(at: try Self.at("2000-06-01T00:00")) == 7200)
        #expect(zone.offset(at: try Self.at("2000-06-01T00:01")) == -18_000)
    }

    @Test func aFileThatIsCutOrChangedIsReadOrRefused() throws {
        let whole = TestZone.file("CET-1CEST,M3.5.0,M10.5.0/3", offset: 3600, changes: [(0, 60)])
        #expect(ZoneRules(name: "Whole", tzif: whole) != nil)
        for length in 0..<whole.count {
            #expect(ZoneRules(name: "Cut", tzif: Array(whole[..<length])) == nil, "\(length)")
        }
        var random = SplitMix64(seed: 7)
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            let moment = Timestamp(
                milliseconds: Int64.random(in: 0...4_000_000_000_000, using: &random)
            )
            let zone = ZoneRules(name: "Changed", tzif: bytes)
            #expect(zone.map { abs($0.offset(at: moment)) < 8 * 86_400 } ?? true)
        }
    }

    @Test(arguments: [
        "CET", "CET-1CEST", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CE-1",
        "CET-25", "CET-1CEST,M3.5.0,M10.5.0/3x",
    ])
    func aRuleThatIsNoneIsRefused(footer: String) {
        #expect(ZoneRules(name: "Test", tzif: TestZone.file(footer, offset: 0)) == nil)
    }

    @Test func daysHaveTheirNames() throws {
        #expect(LocalTime("2026-11-21")?.weekday == .saturday)
        #expect(LocalTime("1969-12-31T23:59")?.weekday == .wednesday)
        #expect(LocalTime("2026-02-29") == nil)
        #expect(LocalTime("2026-02-28T24:00") == nil)
    }
}
