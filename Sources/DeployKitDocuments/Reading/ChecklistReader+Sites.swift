// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The places where what was inferred could be declared.
extension ChecklistReader {
    /// A place, and the keys that a declaration there lacks.
    struct Site {
        enum Place: Hashable {
            /// Inside a list item, by its block.
            case item(Int)
            /// Below a heading, by its node.
            case heading(Int)
            /// At the end of a line of a paragraph, by its block and number.
            case line(Int, Int)
        }

        var place: Place
        var keys: [(key: String, value: String)]
        var isPhase = false
    }

    /// Notes an item whose id or kind was inferred.
    mutating func noteItem(_ block: Int, _ id: ItemID, _ kind: ItemKind, _ declared: Declaration?) {
        guard notesSites else { return }
        var keys: [(key: String, value: String)] = []
        if declared?.values["id"] == nil { keys.append(("id", id.text)) }
        if ["kind", "capture", "metric"].allSatisfy({ declared?.values[$0] == nil }) {
            keys.append(("kind", kind.word))
            if case .metric(let metric) = kind { keys.append(("metric", metric.text)) }
        }
        if !keys.isEmpty { sites.append(Site(place: .item(block), keys: keys)) }
    }

    /// Notes a trigger whose id was inferred.
    mutating func noteTrigger(_ item: Int, _ id: RollbackTriggerID, _ declared: Declaration?) {
        guard notesSites, declared?.values["id"] == nil else { return }
        sites.append(Site(place: .item(item), keys: [("id", id.text)]))
    }

    /// Notes a heading whose id or environments were inferred.
    mutating func noteHeading(_ node: Int, id: String, scope: [String] = [], isPhase: Bool = false)
    {
        guard notesSites else { return }
        let declared = nodes[node].declaration
        var keys: [(key: String, value: String)] = []
        if declared?.values["id"] == nil { keys.append(("id", id)) }
        if declared?.values["environment"] == nil, !scope.isEmpty {
            keys.append(("environment", scope.joined(separator: ",")))
        }
        sites.append(Site(place: .heading(node), keys: keys, isPhase: isPhase))
    }
}
