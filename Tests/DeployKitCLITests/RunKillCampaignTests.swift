// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite
import Glibc
import Testing

/// A runner that dies with SIGKILL at each recorded step of a run of 40 items, and is resumed; the
/// stand-in programs count themselves in files.
///
/// Each item has three moments: its attempt is in the log and nothing has happened; its effect has
/// happened and is not in the log; its end is in the log. Together they are every prefix of the
/// log, with and without the effect. `make test` tries each 17th, `make torture` all 119.
@Suite struct RunKillCampaignTests {
    enum Moment: Int, CaseIterable {
        case begun, done, recorded
    }

    static let items = 40
    static let bot = Actor.service("release-bot")
    static let effects: [Effect] = [.irreversible, .idempotent, .reversible, Effect.none]

    static func effect(_ number: Int) -> Effect { effects[number % effects.count] }

    static func checklist() -> Checklist {
        let items = (0..<items).map { number in
            Item(
                id: ItemID("step-\(number)"),
                title: "Step \(number)",
                kind: .shell(
                    "echo x >> count-\(number); "
                        + "if test \"${KILL_AT:-}\" = \(number); then kill -9 $PPID; fi"
                ),
                effect: effect(number),
                inherits: ["KILL_AT"]
            )
        }
        let section = Section(id: "work", title: "", items: items)
        return Checklist(
            title: "Forty",
            phases: [
                Phase(id: "work", title: "Work", sections: [section])
            ]
        )
    }

    static func run(
        in folder: String,
        killing item: Int = -1,
        at moment: Moment = .done
    ) async throws -> (DeploymentRunner.Result, LiveDeployment) {
        let store = try await SQLiteAuditStore(path: "\(folder)/store.sqlite")
        let deployments = Deployments(store: store)
        let live = try await deployments.start(
            checklist(),
            environment: try Environment("staging", tier: .test),
            version: "1",
            by: bot
        )
        var environment = ["PATH": "/usr/bin:/bin"]
        if moment == .done, item >= 0 { environment["KILL_AT"] = "\(item)" }
        let settings = DeploymentRunner.Settings(
            root: folder,
            lock: "\(folder)/run.lock",
            environment: environment
        )
        let id = ItemID("step-\(item)")
        let result = try await DeploymentRunner(settings).run(live, by: bot) { progress in
            switch (progress, moment) {
            case (.started(let entry, _), .begun) where entry.item.id == id:
                kill(getpid(), SIGKILL)
            case (.finished(let entry, _, _, _), .recorded) where entry.item.id == id:
                kill(getpid(), SIGKILL)
            default: break
            }
        }
        return (result, live)
    }

    static var moments: [Int] {
        let isWhole = getenv("DEPLOYKIT_TORTURE") != nil
        // After the last one the deployment is completed, and nothing is left to resume.
        let count = items * Moment.allCases.count - 1
        return Array(stride(from: 0, to: count, by: isWhole ? 1 : 17))
    }

    @Test func aKillAtEachStepRepeatsNothingIrreversibleAndLosesNothing() async throws {
        var (resolved, repeated) = (0, 0)
        for number in Self.moments {
            let bench = try Bench()
            let folder = bench.path
            let item = number / Moment.allCases.count
            let moment = number % Moment.allCases.count
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [folder = folder as String, item = item as Int, moment = moment as Int] in
                guard let moment = Moment(rawValue: moment) else { return }
                _ = try await Self.run(in: folder, killing: item, at: moment)
            }
            func count(_ number: Int) throws -> Int {
                guard access("\(folder)/count-\(number)", F_OK) == 0 else { return 0 }
                return try bench.read("count-\(number)").split(separator: "\n").count
            }
            let before = try (0..<Self.items).map { try count($0) }
            // What a person does about a doubt: look whether it happened, and say so.
            var (result, live) = try await Self.run(in: folder)
            let acknowledged = item + (moment == Moment.recorded.rawValue ? 1 : 0)
            while case .inDoubt(let doubtful) = result.next {
                #expect(doubtful == [ItemID("step-\(item)")])
                #expect(!Self.effect(item).allowsBlindRetry)
                #expect(try count(item) == before[item], "nothing is done while it is in doubt")
                resolved += 1
                try await live.perform(
                    .resolve(
                        ItemID("step-\(item)"),
                        happened: before[item] > 0,
                        reason: "looked at the counter",
                        evidence: []
                    ),
                    by: Self.bot
                )
                (result, live) = try await Self.run(in: folder)
                if case .failed(let failed) = result.next {
                    #expect(before[item] == 0)
                    try await live.perform(.reopen(failed[0], reason: nil), by: Self.bot)
                    (result, live) = try await Self.run(in: folder)
                }
            }
            #expect(result.state.status == .completed, "moment \(moment) of step \(item)")
            for number in 0..<Self.items {
                let made = try count(number)
                if number < acknowledged || !Self.effect(number).allowsBlindRetry {
                    #expect(made == 1, "step \(number), killed at moment \(moment) of \(item)")
                } else {
                    #expect((1...2).contains(made))
                    if made == 2 { repeated += 1 }
                }
            }
            #expect(try await live.deployments.log.verify().faults.isEmpty)
        }
        print(
            "torture: \(Self.moments.count) of 119 moments of a run killed, \(resolved) doubts "
                + "resolved, \(repeated) idempotent steps made again, no other"
        )
    }

    @Test func ofTwoRunnersExactlyOneActs() throws {
        for round in 1...5 {
            let bench = try Bench()
            try bench.write(
                "# Ferry\n## One\n- [ ] Do <!-- deploykit: kind=command effect=irreversible -->\n"
                    + "  ```\n  echo x >> made; sleep 0.3\n  ```\n",
                to: "page.md"
            )
            try #require(
                bench.run("start", "page.md", "--environment", "staging", "--version", "1").code
                    == 0
            )
            let script =
                "\"$0\" run >/dev/null 2>&1 & a=$!; \"$0\" run >/dev/null 2>&1 & b=$!; "
                + "wait $a; echo $? >> codes; wait $b; echo $? >> codes"
            let process = try bench.begin(words: [], through: ["/bin/bash", "-c", script])
            #expect(Bench.end(of: process) == 0)
            #expect(try bench.read("made") == "x\n", "round \(round)")
            let codes = try bench.read("codes").split(separator: "\n").sorted()
            // The one that came late was refused, or found everything done.
            #expect(
                codes == ["0", "5"] || codes == ["0", "64"] || codes == ["0", "0"],
                "\(codes)"
            )
        }
    }
}
