// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Commands that a page only shows: a person confirms each before it runs.
@Suite struct OfferedCommandTests {
    private static let item: ItemID = "prepare/back-up"

    private func trial(seed: UInt64 = 1, approval: Bool = false) throws -> Trial {
        let gate: PhaseGate? = approval ? .signOffs(.one(of: "Product Owner")) : nil
        let checklist = try Checklist("Orders") {
            DeployKit.Phase("Prepare") {
                Item(id: "", title: "Back up", offers: [.shell("dump"), .shell("look")])
                Item("Build", .command("make"), effect: .idempotent)
            }
            DeployKit.Phase("Deploy", gate: gate) { Item("Look") }
        }
        return try Trial(checklist, seed: seed)
    }

    private func begin(_ offered: [Int]) -> DeploymentCommand {
        .begin(Self.item, runner: nil, offered: offered)
    }

    private func end(_ ending: AttemptOutcome.Ending) -> DeploymentCommand {
        .finish(Self.item, attempt: 1, AttemptOutcome(ending))
    }

    @Test func whatWasConfirmedIsInTheLogBeforeItRunsAndPassesTheItem() throws {
        var trial = try trial()
        try trial.perform(begin([0, 1]))
        #expect(trial.state(Self.item) == .running(1))
        let started = try #require(trial.log.last { $0.event.kind == "attempt-started" })
        #expect(started.event.json["offered"] == [0, 1].json)
        #expect(
            try DeploymentEvent(kind: started.event.kind, json: started.event.json)
                == started.event
        )
        #expect(trial.deployment.executors == ["lena@example.com"])
        try trial.perform(end(.passed))
        #expect(trial.state(Self.item) == .passed(1))
        #expect(trial.replayed() == trial.deployment)
    }

    @Test func anEarlierEventReadsAsBeforeAndIsWrittenAsBefore() throws {
        let event = DeploymentEvent.attemptStarted("a", attempt: 2, runner: nil)
        #expect(event.json == .members(["item": "a".json, "attempt": 2.json]))
        #expect(try DeploymentEvent(kind: "attempt-started", json: event.json) == event)
    }

    @Test(arguments: [[], [2], [-1], [1, 0], [0, 0]])
    func nothingRunsThatNobodyConfirmedOrThatIsNotThere(offered: [Int]) throws {
        var trial = try trial()
        #expect(trial.decide(begin(offered)).refusal != nil)
    }

    @Test func whatIsDeclaredNeedsNoOffer() throws {
        var trial = try trial()
        let command = DeploymentCommand.begin("prepare/build", runner: nil, offered: [0])
        #expect(trial.decide(command).refusal?.code == .wrongKind)
    }

    @Test(arguments: [FailureCause.exited(1), .lost, .timedOut, .interrupted])
    func whatItDidIsInDoubtWhenItFails(cause: FailureCause) throws {
        var trial = try trial()
        try trial.perform(begin([0]))
        try trial.perform(end(.failed(cause)))
        #expect(trial.state(Self.item) == .inDoubt(1))
        #expect(trial.deployment.status == .halted(.itemInDoubt(Self.item)))
    }

    @Test(arguments: [FailureCause.notStarted, .reported])
    func whatNeverBeganOrWasSeenToFailHasFailed(cause: FailureCause) throws {
        var trial = try trial()
        try trial.perform(begin([0]))
        try trial.perform(end(.failed(cause)))
        #expect(trial.state(Self.item) == .failed(1))
    }

    // What such a command did to the world nobody knows, so that a rejection after it must not pass
    // for one before anything had begun.
    @Test func aRejectionAfterItHaltsAndDoesNotEnd() throws {
        var trial = try trial(approval: true)
        try trial.perform(begin([0]))
        try trial.perform(end(.passed))
        try trial.perform(.reopen(Self.item, reason: "again"))
        try trial.perform(.complete(Self.item, note: nil, evidence: []))
        try trial.perform(.waive("prepare/build", reason: "not here"))
        try trial.perform(.sign("product-owner", .rejected, reason: "no"))
        guard case .halted(.gateRejected) = trial.deployment.status else {
            Issue.record("\(trial.deployment.status)")
            return
        }
    }

    // D: an attempt that may have had its effect is never begun again without a person's word.
    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func noDoubtIsForgotten(seed: UInt64) throws {
        var trial = try trial(seed: seed)
        var random = SplitMix64(seed: seed)
        var mayHaveHappened = false
        for _ in 0..<40 {
            let attempt = trial.deployment.items[Self.item]?.attempts ?? 0
            let command: DeploymentCommand =
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1: begin([[0], [1], [0, 1]].randomElement(using: &random) ?? [0])
                case 2: .finish(Self.item, attempt: attempt, AttemptOutcome(.passed))
                case 3, 4: .finish(Self.item, attempt: attempt, AttemptOutcome(.failed(.lost)))
                case 5: .complete(Self.item, note: nil, evidence: [])
                case 6: .reopen(Self.item, reason: "again")
                default:
                    .resolve(
                        Self.item,
                        happened: Bool.random(using: &random),
                        reason: "looked",
                        evidence: []
                    )
                }
            guard case .accepted(let events, _) = trial.decide(command) else { continue }
            trial.record(events[...], by: .person("lena@example.com"))
            switch command {
            case .begin:
                #expect(!mayHaveHappened, "seed \(seed)")
                mayHaveHappened = true
            case .finish(_, _, let outcome): mayHaveHappened = outcome.ending != .passed
            case .resolve: mayHaveHappened = false
            default: break
            }
            #expect(trial.replayed() == trial.deployment, "seed \(seed)")
        }
    }
}
