// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Testing

/// Running what a page only shows, once a person has confirmed it.
@Suite struct OfferedRunTests {
    private static let person = Actor.person("lena@example.com")
    private static let item: ItemID = "one/do"

    private func bench(_ offers: ItemCommand...) async throws -> RunBench {
        try await RunBench(
            Checklist("Run") {
                DeployKit.Phase("One") { Item(id: "", title: "Do", offers: offers) }
            }
        )
    }

    private func run(_ bench: RunBench, _ offers: [Int]) async throws -> OfferedRun {
        try await bench.runner.run(
            offers: offers,
            of: Self.item,
            in: bench.live,
            by: Self.person
        ) { _ in }
    }

    @Test func theConfirmedOnesRunInOrderUpToTheFirstThatFails() async throws {
        let bench = try await bench(
            .shell("echo one | tee -a ran"),
            .shell("echo two >>ran"),
            .shell("echo three >>ran; exit 3"),
            .shell("echo four >>ran")
        )
        let first = try await run(bench, [0, 2, 3])
        #expect(!first.isPassed)
        // Nothing is decided before somebody has looked.
        #expect(try await bench.live.state().items[Self.item]?.state == .running(1))
        try await bench.runner.settle(first, isAsExpected: true)
        #expect(bench.text(of: "ran") == "one\nthree\n")
        #expect(try await bench.live.state().items[Self.item]?.state == .inDoubt(1))
        #expect(try await bench.live.state().items[Self.item]?.cause == .exited(3))
        #expect(try await bench.output(of: Self.item) == "one\n")
    }

    private static let answers: [(Bool?, FailureCause?)] = [
        (true, nil), (false, .reported), (nil, .interrupted),
    ]

    @Test(arguments: answers)
    func thePersonSaysWhetherItIsAsExpected(says: Bool?, cause: FailureCause?) async throws {
        let bench = try await bench(.shell("echo done"))
        let state = try await bench.runner.settle(run(bench, [0]), isAsExpected: says)
        #expect(state.items[Self.item]?.cause == cause)
        #expect((state.items[Self.item]?.state == .passed(1)) == (cause == nil))
    }

    @Test func whatCannotBeRunIsSaidBeforeAnythingIsRecorded() async throws {
        let bench = try await bench(
            .shell("ssh <prod-host>"),
            .script("select 1", interpreter: "sql"),
            .shell("no-such-program-here"),
            .shell("true")
        )
        let size = try await bench.size
        let codes: [RunnerError.Code?] = [.placeholderUnbound, .invalid, .notFound, nil]
        let item = try #require(try await bench.live.state().entry(of: Self.item)?.item)
        for (offer, code) in zip(item.offers, codes) {
            let found = try await bench.runner.obstacle(to: offer, of: item, in: bench.live)
            #expect(found?.code == code)
        }
        await #expect(throws: RunnerError.self) { try await run(bench, [0, 3]) }
        #expect(try await bench.size == size)
    }

    @Test func oneThatIsNotThereAfterOneThatRanLeavesADoubt() async throws {
        let bench = try await bench(.shell("echo one >ran"), .command("./no-such-program"))
        try await bench.runner.settle(run(bench, [0, 1]), isAsExpected: true)
        #expect(try await bench.live.state().items[Self.item]?.state == .inDoubt(1))
    }
}
