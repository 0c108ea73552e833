// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// Reads what stands under a heading such as "When to roll back": one trigger for each line of
    /// a list and each row of a table.
    mutating func readTriggers(_ node: Int) {
        var lines: [Int] = []
        for block in nodes[node].blocks {
            for inner in whole(block) {
                switch document.blocks[inner].kind {
                case .paragraph:
                    guard let parent = document.blocks[inner].parent,
                        case .item = document.blocks[parent].kind,
                        document.blocks[parent].firstChild == inner
                    else { continue }
                    understood.insert(inner)
                    addTrigger(parent, document.blocks[inner].firstLine, &lines)
                case .table(let rows): readTriggers(rows, inner, &lines)
                default: break
                }
            }
        }
        appendTriggerLines(lines, node)
    }

    /// One trigger for each row.
    mutating func readTriggers(_ rows: Range<Int>, _ block: Int, _ lines: inout [Int]) {
        understood.insert(block)
        for row in rows.dropFirst() {
            guard let first = cells(ofRow: row).first else { continue }
            addTrigger(plain(first), nil, line: document.rows[row].line, &lines)
        }
    }

    /// Whether the first column of a table lists what calls for a rollback.
    func isTriggerTable(_ rows: Range<Int>) -> Bool {
        guard let first = cells(ofRow: rows.lowerBound).first else { return false }
        let title = plain(first).lowercased()
        return ["trigger", "condition", "トリガー", "触发", "gatilho", "condición", "auslöser"]
            .contains(where: title.holds)
    }

    /// Tells of triggers that no level follows.
    mutating func appendTriggerLines(_ lines: [Int], _ node: Int) {
        guard !lines.isEmpty else { return }
        rollbackLines.append(
            .init(
                line: nodes[node].line,
                id: nil,
                title: nodes[node].title,
                steps: [],
                verification: [],
                triggers: lines
            )
        )
    }

    private mutating func addTrigger(_ item: Int, _ line: Int, _ lines: inout [Int]) {
        // What stands in lists below it are triggers of their own.
        let parts = self.parts(of: item, isWhole: false)
        if let task = taskOfBlock[item] { tasks[task].kind = "rollback" }
        if let declaration = parts.declaration {
            let keys: Set<String> = ["id", "metric", "suite", "item", "level", "trigger"]
            expect(
                keys.union(fieldKeys(of: item)),
                in: declaration,
                of: "a trigger of the rollback"
            )
        }
        addTrigger(parts.title, parts.declaration, line: line, &lines)
        if let id = triggers.last?.id { noteTrigger(item, id, parts.declaration) }
    }

    /// Adds a trigger, which asks for a rollback when its threshold is passed, if it has one.
    mutating func addTrigger(
        _ title: String,
        _ declaration: Declaration?,
        line: Int,
        _ lines: inout [Int]
    ) {
        guard !title.isEmpty else { return }
        var metric = declaration?.values["metric"].map { MetricID($0) }
        if metric == nil,
            let phrase = boundOfLine[line].map({ thresholds[$0].phrase }),
            let name = phrase.metric, !name.isEmpty
        {
            var critical = phrase
            critical.role = .critical
            metric = addMetric(name, critical, line: line)
        }
        let policy =
            declaration?.value(
                "trigger",
                expected: "automatic, proposed or requiresSignOff",
                faults: &faults
            ) { RollbackTrigger.Policy(rawValue: $0) } ?? .proposed
        let trigger = RollbackTrigger(
            id: RollbackTriggerID(name(declaration, title, in: \.triggerNames)),
            title: title,
            metric: metric,
            suite: declaration?.values["suite"],
            item: declaration?.values["item"].map { ItemID($0) },
            level: declaration?.values["level"].map { RollbackLevelID($0) },
            policy: policy
        )
        triggers.append(trigger)
        if let declaration { rollbackNames.triggers.append((trigger, declaration.line)) }
        lines.append(line)
    }
}
