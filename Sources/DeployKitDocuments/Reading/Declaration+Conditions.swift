// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Declaration {
    /// The conditions that `gate="completed(testnet, 7d) rehearsed(level-1, testnet, 30d)"` declares,
    /// or `gate="metrics(latency, 30m)"`: of metrics, a time at the end is how long they are looked at.
    func conditions(faults: inout [DocumentError.Fault]) -> [GateCondition] {
        value(
            "gate",
            expected: "'completed(environment)', 'rehearsed(level, environment)', each with a time "
                + "such as 7d if it is limited, 'metrics(30m)', or several,",
            faults: &faults
        ) { text in
            var conditions: [GateCondition] = []
            var rest = text[...]
            while let open = rest.firstIndex(of: "("),
                let close = rest[open...].firstIndex(of: ")")
            {
                let arguments = rest[rest.index(after: open)..<close]
                    .split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
                guard let condition = Self.condition(rest[..<open].trimmed, arguments) else {
                    return nil
                }
                conditions.append(condition)
                rest = rest[rest.index(after: close)...]
            }
            return rest.trimmed.isEmpty && !conditions.isEmpty ? conditions : nil
        } ?? []
    }

    private static func condition(_ word: String, _ arguments: [String]) -> GateCondition? {
        if word == "metrics" {
            var names = arguments == [""] ? [] : arguments
            let bake = names.last.flatMap { duration($0) }
            if bake != nil { names.removeLast() }
            return names.contains("") ? nil : .metrics(names.map { MetricID($0) }, bake: bake)
        }
        guard !arguments.contains("") else { return nil }
        let names =
            switch word {
            case "completed": 1
            case "rehearsed": 2
            default: 0
            }
        guard names > 0, arguments.count == names || arguments.count == names + 1 else {
            return nil
        }
        var limit: Duration?
        if arguments.count > names {
            limit = duration(arguments[names])
            if limit == nil { return nil }
        }
        if word == "completed" {
            return .completed(environment: Environment.ID(arguments[0]), within: limit)
        }
        return .rehearsed(
            RollbackLevelID(arguments[0]),
            environment: Environment.ID(arguments[1]),
            within: limit
        )
    }
}
