// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct DutyFindingTests {
    private let tom = Actor.person("tom@example.com")
    private let lena = Actor.person("lena@example.com")

    private static let people = Directory(people: [
        .init(id: "tom@example.com", aliases: ["tom"], roles: ["QA", "Ops"]),
        .init(id: "lena@example.com", roles: ["QA"]),
    ])

    private static func checklist() throws -> Checklist {
        let checklist = try Checklist("Orders") {
            Phase("Check") {
                Item("Look", id: "look")
                Item("Count", id: "count")
            }
            Phase(
                "Deploy",
                gate: .signOffs(
                    .one(of: "QA", assurance: .asserted),
                    .one(of: "Ops", assurance: .asserted)
                )
            ) { Item("Deploy", id: "deploy") }
        }
        guard case .object(var members) = checklist.json else { return checklist }
        let security = SignOffSlot(
            id: "security",
            label: "Security (if required)",
            requirement: .conditional("if required"),
            rule: SignOffRule(roles: ["QA"]),
            gate: .phase("deploy")
        )
        members["signOffSlots"] = .array((checklist.signOffSlots + [security]).map(\.json))
        return try Checklist(json: .object(members))
    }

    private func trial(
        _ environment: Environment? = nil,
        people: Directory = Self.people
    ) throws -> Trial {
        try Trial(Self.checklist(), environment: environment, directory: people, by: tom)
    }

    private func codes(_ trial: Trial) -> [DutyFinding.Code] {
        trial.deployment.dutyFindings.map(\.code)
    }

    @Test func selfApprovalStandsFirstUnderEveryAlias() throws {
        var trial = try trial()
        #expect(codes(trial) == [.noApproval])
        try trial.perform(.complete("look", note: nil, evidence: []), by: lena)
        try trial.perform(.sign("qa", .approved, reason: nil), by: lena)
        try trial.perform(.sign("ops", .approved, reason: nil), by: .person("tom"))
        let findings = trial.deployment.dutyFindings
        #expect(findings.first?.code == .selfApproval)
        #expect(findings.first?.person == "tom@example.com")
        #expect(findings.first?.sentence.contains("(as 'tom')") == true)
        #expect(codes(trial).contains(.executorApproval), "lena did an item")
        #expect(codes(trial).count { $0 == .unsignedApproval } == 2)
        #expect(!codes(trial).contains(.uncheckedAuthority))
    }

    @Test func aWaiverALeftOutSignOffAndAnEmptyDirectoryAreTold() throws {
        var trial = try trial(people: Directory())
        try trial.perform(.waive("count", reason: "nothing to count"), by: lena)
        try trial.perform(.skipSignOff("security", reason: "no change there"), by: lena)
        try trial.perform(.sign("qa", .approved, reason: nil), by: .person("ada"))
        #expect(
            codes(trial) == [.unsignedApproval, .uncheckedAuthority, .signOffLeftOut, .itemWaived]
        )
        let leftOut = trial.deployment.dutyFindings.first { $0.code == .signOffLeftOut }
        #expect(leftOut?.person == lena.id)
    }

    @Test func whatWasWithdrawnIsNoApproval() throws {
        var trial = try trial()
        try trial.perform(.sign("ops", .approved, reason: nil), by: tom)
        #expect(codes(trial).first == .selfApproval)
        try trial.perform(.withdraw("ops", reason: "mine"), by: tom)
        #expect(codes(trial) == [])
    }

    /// Whatever happened, the report is the same after replaying the log, and reads back.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func theReportFollowsFromTheLogAlone(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var trial = try trial(seed % 2 == 0 ? Trial.production() : nil)
        let commands: [DeploymentCommand] = [
            .complete("look", note: nil, evidence: []), .waive("count", reason: "no"),
            .sign("qa", .approved, reason: nil), .sign("ops", .approved, reason: nil),
            .withdraw("qa", reason: "no"), .skipSignOff("security", reason: "no"),
        ]
        for _ in 0..<12 {
            let command = commands[Int(random.next() % UInt64(commands.count))]
            let actor = [tom, lena, .person("tom")][Int(random.next() % 3)]
            if case .accepted = trial.decide(command, by: actor) {
                try trial.perform(command, by: actor)
            }
        }
        let findings = trial.deployment.dutyFindings
        #expect(trial.replayed()?.dutyFindings == findings)
        for finding in findings { #expect(try DutyFinding(json: finding.json) == finding) }
        let order = DutyFinding.Code.allCases
        let ranks = findings.map { order.firstIndex(of: $0.code) ?? 0 }
        #expect(ranks == ranks.sorted())
    }

    /// Leaving a sign-off out opens a gate as an approval does.
    @Test func inProductionOnlyWhoCouldApproveLeavesASignOffOut() throws {
        var trial = try trial(Trial.production())
        let skip = DeploymentCommand.skipSignOff("security", reason: "not needed")
        #expect(trial.decide(skip, by: tom).refusal?.code == .notEligible, "the requester")
        #expect(trial.decide(skip, by: .person("tom")).refusal?.code == .notEligible, "an alias")
        let mallory = Actor.person("mallory@example.com")
        #expect(trial.decide(skip, by: mallory).refusal?.code == .notEligible, "a stranger")
        try trial.perform(skip, by: lena)
        #expect(trial.deployment.slotSkips["security"] == lena)
    }
}
