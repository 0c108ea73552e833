// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A deployment as a JUnit report, for servers of continuous integration that show one.
///
/// The format has no specification; this writes what <https://github.com/testmoapp/junitxml>
/// describes. A suite is a phase with its gate, a test is an item:
///
/// | Item or gate | Becomes |
/// |---|---|
/// | passed | a test that passed, with the time of its last attempt |
/// | failed | `failure`, with the cause |
/// | in doubt, under way | `error`: it is not known how it ended |
/// | waived, not applicable, cancelled, not reached | `skipped`, with the reason |
/// | a gate that was rejected | `failure` |
/// | a gate that has not let the deployment on | `skipped`, with what it waits for |
///
/// Names of tests begin with the item's number, so that none stands twice: GitLab drops duplicates.
/// Characters that XML 1.0 does not know are made visible.
public struct JUnitExport: Sendable {
    private let deployment: Deployment
    private let facts: Facts
    private let texts: [Digest: String]

    /// A report.
    ///
    /// - Parameters:
    ///   - deployment: The deployment.
    ///   - facts: What the rules must know.
    ///   - texts: The notes and reasons of ``references(of:)`` that were not erased, by digest.
    public init(of deployment: Deployment, given facts: Facts, texts: [Digest: String]) {
        self.deployment = deployment
        self.facts = facts
        self.texts = texts
    }

    /// The attachments whose texts the report shows.
    public static func references(of deployment: Deployment) -> [AttachmentReference] {
        deployment.items.values.compactMap(\.note)
    }

    fileprivate struct Test {
        var name: String
        var milliseconds: Int64 = 0
        var result: (element: String, message: String)?
    }

    /// The report, in UTF-8.
    public var xml: String {
        let subject = deployment.subject
        let states = deployment.states(given: facts)
        let suites = deployment.checklist.phases.enumerated().map { position, phase in
            let leaves = states.filter { $0.entry.phase == position && !$0.entry.item.isGroup }
            let gate = Test(for: .phase(phase.id), in: deployment, facts)
            return (phase, (gate.map { [$0] } ?? []) + leaves.map { test($0.entry, $0.state) })
        }
        let ends = [GateID.completion, .closure].compactMap { Test(for: $0, in: deployment, facts) }
        let name = "\(subject.service) \(subject.environment.name) \(subject.version)"
        let all = suites.flatMap(\.1) + ends
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="\(Self.escaped(name))"\(Self.totals(all)) \
            timestamp="\(moment)">

            """
        for (phase, tests) in suites where !tests.isEmpty {
            text += suite(phase.title, tests, className: "\(subject.service).\(phase.id)")
        }
        if !ends.isEmpty { text += suite("Ends", ends, className: "\(subject.service).ends") }
        return text + "</testsuites>\n"
    }

    // To the second, as the format has it.
    private var moment: String { String(deployment.startedAt.description.prefix(19)) }

    private func suite(_ name: String, _ tests: [Test], className: String) -> String {
        let subject = deployment.subject
        let properties = [
            ("deployment", deployment.id.text), ("service", subject.service),
            ("environment", subject.environment.name.text), ("version", subject.version),
            ("checklist", subject.checklist.hex), ("status", deployment.status.word),
        ]
        var text = """
              <testsuite name="\(Self.escaped(name))"\(Self.totals(tests)) timestamp="\(moment)">
                <properties>

            """
        for (name, value) in properties {
            text += "      <property name=\"\(name)\" value=\"\(Self.escaped(value))\"/>\n"
        }
        text += "    </properties>\n"
        for test in tests {
            text += """
                    <testcase name="\(Self.escaped(test.name))" \
                classname="\(Self.escaped(className))" time="\(Self.seconds(test.milliseconds))"
                """
            if let (element, message) = test.result {
                let type = element == "skipped" ? "" : " type=\"deploykit\""
                text += """
                    >
                          <\(element) message="\(Self.escaped(message))"\(type)/>
                        </testcase>

                    """
            } else {
                text += "/>\n"
            }
        }
        return text + "  </testsuite>\n"
    }

    private func test(_ entry: Outline.Entry, _ state: ItemState) -> Test {
        let progress = deployment.items[entry]
        var test = Test(name: "\(entry.number) \(entry.item.title)")
        if let from = progress?.startedAt, let to = progress?.settledAt {
            test.milliseconds = max(0, (to - from).wholeMilliseconds)
        }
        let said = progress?.note.map { texts[$0.digest] ?? "(erased)" } ?? ""
        func message(_ words: String) -> String { said.isEmpty ? words : "\(words): \(said)" }
        test.result =
            switch state {
            case .passed: nil
            case .failed:
                ("failure", message("failed" + (progress?.cause.map { ", \($0.phrase)" } ?? "")))
            case .inDoubt: ("error", message("in doubt: whether it happened is not known"))
            case .running(let attempt): ("error", "attempt \(attempt) is under way")
            case .waived: ("skipped", message("waived"))
            case .notApplicable: ("skipped", message("not applicable"))
            case .cancelled: ("skipped", "cancelled: the deployment ended first")
            case .pending, .ready: ("skipped", "not reached")
            }
        return test
    }

    private static func totals(_ tests: [Test]) -> String {
        func count(_ element: String) -> Int { tests.count { $0.result?.element == element } }
        let time = tests.reduce(0) { $0 + $1.milliseconds }
        return " tests=\"\(tests.count)\" failures=\"\(count("failure"))\" "
            + "errors=\"\(count("error"))\" skipped=\"\(count("skipped"))\" "
            + "time=\"\(seconds(time))\""
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private static func escaped(_ text: String) -> String {
        MetricChart.escaped(VisibleText.render(text).replacing("\n", with: " "))
    }
}

extension JUnitExport.Test {
    /// The test that a gate is; `nil` where nothing but the items before it is asked for.
    fileprivate init?(for gate: GateID, in deployment: Deployment, _ facts: Facts) {
        guard deployment.checklist.signOffSlots.contains(where: { $0.gate == gate }) else {
            return nil
        }
        self.init(name: "gate \(gate)")
        if let rejection = deployment.gates[gate]?.rejection {
            result = ("failure", "rejected at '\(rejection.slot)' by \(rejection.person)")
        } else if deployment.gates[gate]?.isConsumed != true {
            switch deployment.verdict(of: gate, given: facts) {
            case .open: break
            case .closed(let reasons), .inconclusive(let reasons):
                let words = reasons.map { deployment.sentence(for: $0) }.joined(separator: "; ")
                result = ("skipped", "not passed: \(words)")
            }
        }
    }
}
