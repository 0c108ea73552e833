// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension RunDialogue {
    /// The commands that a page shows at an item, as they are shown before somebody confirms them.
    ///
    /// - Returns: The text, and the positions of those that can be run here.
    /// - Throws: `DeploymentError` when the store fails.
    func offers(of item: Item) async throws -> (text: String, runnable: [Int]) {
        var (text, runnable): (String, [Int]) = ("", [])
        for (position, offer) in item.offers.enumerated() {
            if item.offers.count > 1 { text += "    command \(position + 1):\n" }
            guard let offerer, item.kind == .manual else {
                text += lines(of: offer.text)
                continue
            }
            // Nobody confirms what they have not seen.
            text += lines(of: offer.text, upTo: .max)
            if let obstacle = try await offerer.obstacle(to: offer, of: item, in: live) {
                let reason = obstacle.message.visible.split(separator: "is not run: ").last ?? ""
                text += "      cannot be run: \(reason)\n"
            } else {
                runnable.append(position)
            }
        }
        return (text, runnable)
    }

    /// Asks about each of several commands; one was confirmed by choosing to run it.
    func confirm(_ runnable: [Int], of item: Item) -> Turn {
        var confirmed = runnable
        if runnable.count > 1 {
            confirmed = []
            for position in runnable {
                let answer = questions.choose(
                    "Run command \(position + 1) of \(item.offers.count)?",
                    [.init(letter: "y", word: "yes"), .init(letter: "n", word: "no")],
                    default: "y"
                )
                guard let answer else { return .stop }
                if answer == "y" { confirmed.append(position) }
            }
        }
        return confirmed.isEmpty ? .again : .offer(item.id, confirmed)
    }

    /// Runs the commands that were confirmed, and asks whether they show what the page expects.
    ///
    /// - Returns: The exit code of the signal that ended them; `nil` when none did.
    /// - Throws: Whatever the runner, the rules or the store say.
    func run(
        _ offers: [Int],
        of item: ItemID,
        report: @escaping @Sendable (DeploymentRunner.Progress) -> Void
    ) async throws -> ExitCode? {
        guard let offerer else { return nil }
        let (live, actor) = (live, actor)
        let task = Task.detached {
            try await offerer.run(offers: offers, of: item, in: live, by: actor, report: report)
        }
        var signals: Signals? = Signals { task.cancel() }
        let run = try await task.value
        let received = signals?.received
        // Whoever is asked may end the command; what was run is in doubt then.
        signals = nil
        let isAsked = run.isPassed && received == nil
        try await offerer.settle(run, isAsExpected: isAsked ? isAsExpected(run.entry.item) : true)
        return received
    }

    /// Asks whether what was run shows what the page tells to expect.
    ///
    /// - Returns: The answer; `nil` when there was none.
    private func isAsExpected(_ item: Item) -> Bool? {
        if item.expectations.isEmpty { return true }
        for expectation in item.expectations {
            console.print("  expected: \(expectation.visible)\n")
        }
        let answer = questions.choose(
            "Is it as expected?",
            [.init(letter: "y", word: "yes"), .init(letter: "n", word: "no")]
        )
        return answer.map { $0 == "y" }
    }
}
