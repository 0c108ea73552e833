// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// Shows a run while it goes on: one line for each item, the output of commands indented. With
/// `--json` the progress goes to standard error and the object alone to standard output.
final class RunView: Sendable {
    private struct State {
        var attempts: [JSONValue] = []
        var underWay: [ItemID: Output] = [:]
        var fence: String?
    }

    /// What one attempt has said so far.
    private struct Output {
        let number: String
        var pending: [OutputChunk.Stream: [UInt8]] = [:]
        var shownBytes = 0
    }

    /// How much of one attempt's output is shown while it runs. What is recorded has a limit of its
    /// own.
    private static let shownLimit = 1 << 16

    private let console: Console
    private let isFenced: Bool
    private let state = Locked(State())

    /// A view on a console.
    ///
    /// - Parameters:
    ///   - console: Where it is shown.
    ///   - isFenced: Whether a CI runner reads along, which would take lines of the output for
    ///     orders.
    init(console: Console, isFenced: Bool) {
        self.console = console
        self.isFenced = isFenced
    }

    /// What was attempted so far.
    var attempts: [JSONValue] { state.withLock { $0.attempts } }

    func show(_ progress: DeploymentRunner.Progress) {
        let shown: String = state.withLock { text(for: progress, &$0) }
        if !shown.isEmpty { console.progress(shown) }
    }

    private func text(for progress: DeploymentRunner.Progress, _ state: inout State) -> String {
        switch progress {
        case .started(let entry, _):
            var text = "▸ \(entry.number) \(title(of: entry))"
            let room = console.width - 4 - text.columns
            if let command = entry.item.kind.command?.text.visible, room >= 8 {
                text =
                    "\(text)   \(shown(command.cut(to: room)))"
            }
            text += "\n"
            if isFenced, state.fence == nil {
                let token = WorkflowCommands.token()
                state.fence = token
                text += "::stop-commands::\(token)\n"
            }
            state.underWay[entry.item.id] = Output(number: entry.number)
            return text
        case .output(let chunk, let item):
            guard var output = state.underWay[item] else { return "" }
            let margin = state.underWay.count > 1 ? "    [\(output.number)] " : "    "
            let text = Self.text(of: chunk, after: &output, margin)
            state.underWay[item] = output
            return text
        case .remark(let text, _):
            return text.wrapped(to: max(40, console.width), indent: "    ") + "\n"
        case .finished(let entry, let deployment, let took, let hasSurvivors):
            var text = Self.rest(of: entry.item.id, &state)
            let item = deployment.progress(of: entry.item.id)
            let now = item?.state ?? .pending
            // An attempt that failed and is followed by another leaves its item pending.
            let isRetried = now == .pending
            state.attempts.append(
                .members([
                    "item": entry.item.id.json, "number": entry.number.json,
                    "attempt": (isRetried ? item?.attempts : now.attempt)?.json,
                    "state": (isRetried ? "failed" : now.word).json,
                    "cause": item?.cause?.json, "milliseconds": took.json,
                    "isRetried": isRetried ? true.json : nil,
                ])
            )
            let words =
                isRetried
                ? "failed, attempt \(item?.attempts ?? 1) of \(entry.item.retry?.attempts ?? 1)"
                : now.phrase(item?.cause)
            text +=
                "\(isRetried ? "✗" : now.sign) \(entry.number) \(title(of: entry)): "
                + "\(words) (\(took.tenths) s)\n"
            if hasSurvivors {
                text += "    it left processes behind, which still run\n"
            }
            return text
        case .checked(let entry, let check, let took):
            state.attempts.append(
                .members([
                    "item": entry.item.id.json, "number": entry.number.json,
                    "attempt": check.attempts.json,
                    "state": (check.isPassed ? "passed" : "failed").json,
                    "cause": check.cause?.json, "milliseconds": took.json,
                ])
            )
            let word = check.cause.map { "failed: \($0.phrase)" } ?? "passed"
            return Self.rest(of: entry.item.id, &state)
                + "\(check.isPassed ? "✓" : "✗") \(entry.number) \(title(of: entry)): \(word) "
                + "(\(took.tenths) s)\n"
        case .lost(let entry, let attempt):
            return
                "? \(entry.number) \(title(of: entry)): attempt \(attempt) was lost with its "
                + "runner\n"
        }
    }

    /// Shows what failed or is in doubt beside the steps of a job, where a CI runner reads along.
    func annotate(_ deployment: Deployment) {
        guard isFenced else { return }
        var commands = WorkflowCommands()
        var text = ""
        for attempt in attempts {
            guard let id = attempt["item"]?.string,
                let entry = deployment.outline[ItemID(id)],
                let progress = deployment.items[ItemID(id)]
            else { continue }
            switch progress.state {
            case .failed, .inDoubt:
                text += commands.error(
                    "\(entry.number) \(entry.item.title)",
                    progress.state.phrase(progress.cause)
                )
            default: break
            }
        }
        console.progress(text)
    }

    private func title(of entry: Outline.Entry) -> String { shown(entry.item.title.visible) }

    // What a page says stands on the runner's own lines, outside of any fence.
    private func shown(_ text: String) -> String {
        isFenced ? WorkflowCommands.inert(text) : text
    }

    private static func text(
        of chunk: OutputChunk,
        after output: inout Output,
        _ margin: String
    ) -> String {
        let room = shownLimit - output.shownBytes
        guard room > 0 else { return "" }
        output.shownBytes += chunk.bytes.count
        var bytes = output.pending[chunk.stream, default: []] + chunk.bytes.prefix(room)
        guard chunk.bytes.count < room else {
            output.pending[chunk.stream] = nil
            return indented(bytes, margin) + "    [more output follows, which is not shown]\n"
        }
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            output.pending[chunk.stream] = bytes
            return ""
        }
        let lines = Array(bytes[...end])
        bytes.removeSubrange(...end)
        output.pending[chunk.stream] = bytes
        return indented(lines, margin)
    }

    // What an attempt said without a line end; the fence ends with the last attempt.
    private static func rest(of item: ItemID, _ state: inout State) -> String {
        guard let output = state.underWay.removeValue(forKey: item) else { return "" }
        var text = ""
        for stream in [OutputChunk.Stream.output, .error] {
            if let bytes = output.pending[stream], !bytes.isEmpty {
                text += indented(bytes, "    ")
            }
        }
        if let fence = state.fence, state.underWay.isEmpty {
            text += "::\(fence)::\n"
            state.fence = nil
        }
        return text
    }

    private static func indented(_ bytes: [UInt8], _ margin: String) -> String {
        var lines = VisibleText.render(bytes).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { "\(margin)\($0)\n" }.joined()
    }
}

extension Duration {
    /// Seconds and tenths of them.
    fileprivate var tenths: String {
        "\(wholeMilliseconds / 1000).\(wholeMilliseconds % 1000 / 100)"
    }
}

extension Console {
    /// Shows progress: data on a run without `--json`, a message beside it with.
    fileprivate func progress(_ text: String) {
        if isJSON {
            printError(text)
        } else {
            print(asIs: text)
        }
    }
}
