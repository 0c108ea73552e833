// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct RetryTests {
    private func trial(_ effect: Effect) throws -> Trial {
        try Trial(
            try Checklist("Ferry") {
                Phase("Deploy") {
                    Item(
                        "Ask",
                        .shell("true"),
                        effect: effect,
                        retry: RetryPolicy(attempts: 3, delay: .seconds(2))
                    )
                }
            }
        )
    }

    @Test(arguments: Effect.allCases)
    func onlyWhatMayBeRepeatedIsTriedAgain(effect: Effect) throws {
        var trial = try trial(effect)
        try trial.perform(.begin("deploy/ask", runner: nil))
        try trial.perform(
            .finish("deploy/ask", attempt: 1, AttemptOutcome(.failed(.exited(1))))
        )
        let state = trial.deployment.items["deploy/ask"]?.state
        #expect(state == (effect.allowsBlindRetry ? .pending : .inDoubt(1)))
        let halts = trial.log.contains { if case .halted = $0.event { true } else { false } }
        #expect(halts != effect.allowsBlindRetry, "a retry halts nothing")
    }

    @Test func theLastAttemptStands() throws {
        var trial = try trial(.idempotent)
        for attempt in 1...3 {
            try trial.perform(.begin("deploy/ask", runner: nil))
            try trial.perform(
                .finish("deploy/ask", attempt: attempt, AttemptOutcome(.failed(.timedOut)))
            )
        }
        #expect(trial.deployment.items["deploy/ask"]?.state == .failed(3))
        var stopped = try self.trial(.idempotent)
        try stopped.perform(.begin("deploy/ask", runner: nil))
        let last = AttemptOutcome(.failed(.timedOut), isLast: true)
        try stopped.perform(.finish("deploy/ask", attempt: 1, last))
        #expect(stopped.deployment.items["deploy/ask"]?.state == .failed(1))
    }

    @Test func pausesDoubleAndAreBounded() throws {
        let policy = try #require(RetryPolicy(attempts: 20, delay: .seconds(2)))
        #expect(policy.pause(after: 1) == .seconds(2))
        #expect(policy.pause(after: 3) == .seconds(8))
        #expect(policy.pause(after: 19) == .hours(1))
        #expect(RetryPolicy(attempts: 1) == nil)
        #expect(RetryPolicy(attempts: 21) == nil)
        #expect(RetryPolicy(attempts: 2, delay: .hours(25)) == nil)
    }
}

@Suite struct DependencyCycleTests {
    private func checklist(_ after: [String: [ItemID]]) -> Checklist {
        Checklist(
            title: "Ferry",
            phases: [
                Phase(
                    id: "deploy",
                    title: "Deploy",
                    sections: [
                        Section(
                            id: "s",
                            title: "",
                            items: ["a", "b", "c"].map { name in
                                Item(
                                    id: ItemID(name),
                                    title: name,
                                    kind: .shell("true"),
                                    effect: Effect.none,
                                    after: after[name] ?? []
                                )
                            }
                        )
                    ]
                )
            ]
        )
    }

    @Test func aCircleIsNamedAndCannotBeStarted() throws {
        let circle = checklist(["a": ["b"], "b": ["c"], "c": ["a"]])
        #expect(Set(Outline(circle).cycle) == ["a", "b", "c"])
        #expect(throws: Refusal.self) { try Trial(circle) }
        #expect(Outline(checklist(["a": ["a"]])).cycle == ["a"])
        #expect(Outline(checklist(["b": ["c"], "a": ["b", "c"]])).cycle.isEmpty)
        let error = #expect(throws: ChecklistError.self) {
            try Checklist("Ferry") {
                Phase("Deploy") {
                    Item("A", id: "a", after: ["b"])
                    Item("B", id: "b", after: ["a"])
                }
            }
        }
        #expect(error?.code == .dependencyCycle)
    }

    @Test func whatStandsFurtherDownIsDoneFirstWhenItMustBe() throws {
        let trial = try Trial(checklist(["a": ["c"]]))
        let (items, stop) = trial.deployment.forecast(given: trial.facts)
        #expect(items == ["b", "c", "a"])
        #expect(stop == .nothing)
    }

    // Compared with the definition: there is a circle if and only if no order satisfies every wait.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func aCircleIsFoundExactlyWhereNoOrderExists(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var after: [String: [ItemID]] = [:]
        for name in ["a", "b", "c"] {
            after[name] = ["a", "b", "c"].filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
                .map { ItemID($0) }
        }
        var left: Set<String> = ["a", "b", "c"]
        while let next = left.first(where: { name in
            after[name]?.allSatisfy { !left.contains($0.text) } ?? true
        }) { left.remove(next) }
        #expect(Outline(checklist(after)).cycle.isEmpty == left.isEmpty)
    }
}

@Suite struct ItemOutputTests {
    @Test func aValueIsTheOnlyLineOrWhatAPointerNames() throws {
        let line = try #require(ItemOutput("BUILD_ID"))
        #expect(try line.value(in: "\n  b-17  \n\n") == "b-17")
        for text in ["", "a\nb", "\n\n"] {
            #expect(throws: ItemOutput.Failure.self) { try line.value(in: text) }
        }
        let pointer = try #require(ItemOutput("BUILD_ID", from: .jsonPointer("/build/id")))
        #expect(try pointer.value(in: #"{"build":{"id":"b-17"}}"#) == "b-17")
        #expect(try pointer.value(in: #"{"build":{"id":17}}"#) == "17")
        for text in [#"{"build":{}}"#, "error: no build", #"{"build":{"id":null}}"#] {
            #expect(throws: ItemOutput.Failure.self) { try pointer.value(in: text) }
        }
    }

    @Test func aSecretIsNoValue() throws {
        let line = try #require(ItemOutput("SEED"))
        let seed = "SAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6NKI"
        let error = #expect(throws: ItemOutput.Failure.self) { try line.value(in: seed) }
        #expect(error?.message.contains(seed) == false)
    }

    @Test(arguments: ["", "1A", "A-B", "A B", "PATH", "LC_ALL", "DEPLOYKIT_X", "Ä"])
    func aNameThatIsNoVariableIsRefused(name: String) {
        #expect(ItemOutput(name) == nil)
    }
}
