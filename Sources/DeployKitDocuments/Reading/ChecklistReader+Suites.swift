// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

// MARK: Smoke suites

extension ChecklistReader {
    private static let suiteKeys = [
        "suite", "minimum", "timeout", "identity", "credential", "rotate",
    ]

    /// Reads the suites that headings declare, to which the items below them belong, and the hooks
    /// that the page names.
    mutating func readSuites() {
        hooks = usedOfPage("hook")?.declaration.list("hook") ?? []
        for node in nodes.indices {
            guard let declaration = nodes[node].declaration,
                declaration.values["suite"] != nil
            else { continue }
            for key in Self.suiteKeys { _ = used(key, of: node) }
            guard let suite = suite(declaration) else { continue }
            if suites.contains(where: { $0.name == suite.name }) {
                fault("the smoke suite '\(suite.name)' is declared twice", line: declaration.line)
            } else {
                suites.append(suite)
            }
        }
    }

    /// Refuses a suite without a step that a machine does.
    mutating func refuseIdleSuites() {
        guard !suites.isEmpty else { return }
        let used = Set(phases.flatMap(\.items).filter(\.kind.isAutomatic).compactMap(\.suite))
        for node in nodes {
            guard let declaration = node.declaration, let name = declaration.values["suite"],
                suites.contains(where: { $0.name == name }), !used.contains(name)
            else { continue }
            fault(
                "the smoke suite '\(name)' has no check below it that a machine makes",
                line: declaration.line
            )
        }
    }

    private mutating func suite(_ declaration: Declaration) -> SmokeSuite? {
        let minimum = declaration.value(
            "minimum",
            expected: "a number of checks from 1",
            faults: &faults
        ) { Int($0).flatMap { $0 >= 1 ? $0 : nil } }
        let deadline = declaration.value(
            "timeout",
            expected: "a time such as 30s or 5m",
            faults: &faults
        ) { Declaration.duration($0) }
        let rotateBy = declaration.value(
            "rotate",
            expected: "a date such as 2027-01-31",
            faults: &faults
        ) { Timestamp("\($0)T00:00:00.000Z") ?? Timestamp("\($0)T00:00:00Z") }
        let secret = declaration.values["credential"]
        if rotateBy != nil, secret == nil {
            fault("rotate= says when credential=, which is missing, ends", line: declaration.line)
        }
        return SmokeSuite(
            declaration.values["suite"] ?? "",
            minimumChecks: minimum ?? 1,
            deadline: deadline ?? SmokeSuite.usualDeadline,
            identity: declaration.values["identity"],
            credential: secret.map { SmokeSuite.Credential($0, rotateBy: rotateBy) }
        )
    }

    /// An item as a part of the suite that it, or a heading above it, names.
    mutating func inSuite(_ item: Item, below node: Int, line: Int) -> Item {
        var item = item
        if item.suite == nil, item.children.isEmpty, !suites.isEmpty {
            item.suite = suiteName(above: node)
        }
        if let fault = item.suiteFault { self.fault(fault, line: line) }
        return item
    }

    private func suiteName(above node: Int) -> String? {
        var current: Int? = node
        while let index = current {
            if let name = nodes[index].declaration?.values["suite"] { return name }
            current = nodes[index].parent
        }
        return nil
    }

    mutating func check(_ declaration: Declaration) -> CheckEffect? {
        declaration.value(
            "check",
            expected: "readOnly, writesSynthetic or movesValue",
            faults: &faults
        ) { CheckEffect(rawValue: $0) }
    }

    mutating func retry(_ declaration: Declaration) -> RetryPolicy? {
        let delay = declaration.value(
            "delay",
            expected: "a time up to a day, such as 500ms or 2s",
            faults: &faults
        ) { Declaration.duration($0).flatMap { $0 <= .hours(24) ? $0 : nil } }
        return declaration.value("attempts", expected: "a number from 2 to 20", faults: &faults) {
            Int($0).flatMap { RetryPolicy(attempts: $0, delay: delay ?? .seconds(1)) }
        }
    }

    mutating func output(_ declaration: Declaration) -> ItemOutput? {
        guard declaration.values["output"] != nil else { return nil }
        let source = declaration.value(
            "from",
            expected: "stdout, stdout#/json/pointer, a file or file.json#/json/pointer",
            faults: &faults
        ) { ContractCapture.source($0) }
        return declaration.value(
            "output",
            expected: "the name of a variable that nothing else sets",
            faults: &faults
        ) { ItemOutput($0, from: source ?? .standardOutput) }
    }
}

// MARK: Probes

extension ChecklistReader {
    static let requestKeys: Set<String> = ["expect", "header", "within", "redirects", "ca"]

    /// The question that an item asks, with what it expects in words and by declaration.
    mutating func probe(in parts: ItemParts, _ declaration: Declaration) -> Probe? {
        var texts = parts.codes + [parts.title] + parts.texts
        for fence in parts.fences { texts += commandLines(fence) }
        guard let probe = texts.lazy.compactMap(Self.probe).first else { return nil }
        guard case .http(var request) = probe else { return probe }
        for expectation in parts.expectations + parts.texts {
            let numbers = expectation.split { !$0.isNumber }.compactMap { Int($0) }
                .filter { (100...599).contains($0) }
            if !numbers.isEmpty { request.statuses = numbers }
            if let start = expectation.firstRange(of: "contains \"") {
                request.content = String(expectation[start.upperBound...].prefix { $0 != "\"" })
            }
        }
        request.headers = headers(declaration)
        request.claims = claims(declaration)
        request.within = declaration.value(
            "within",
            expected: "a time such as 500ms",
            faults: &faults
        ) { Declaration.duration($0) }
        request.redirects =
            declaration.value(
                "redirects",
                expected: "a number from 0 to \(HTTPRequest.mostRedirects)",
                faults: &faults
            ) { Int($0).flatMap { (0...HTTPRequest.mostRedirects).contains($0) ? $0 : nil } } ?? 0
        request.authorities = declaration.values["ca"]
        if !request.isSafe {
            request.body = parts.fences.first { !isCommandFence($0) }.map { script($0) }
        }
        return .http(request)
    }

    /// `Name: value`, several of them separated by `|`.
    private mutating func headers(_ declaration: Declaration) -> [HTTPRequest.Header] {
        let parts = declaration.values["header"]?.split(separator: "|") ?? []
        return parts.compactMap { part in
            let field = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard field.count == 2, !field[0].trimmed.isEmpty else {
                fault("'\(part.trimmed)' is no header 'Name: value'", line: declaration.line)
                return nil
            }
            return HTTPRequest.Header(field[0].trimmed, field[1].trimmed)
        }
    }

    /// `/pointer=value`, several of them separated by commas; a value is a text unless it is a whole
    /// number, `true`, `false` or `null`.
    private mutating func claims(_ declaration: Declaration) -> [HTTPRequest.Claim] {
        declaration.list("expect").compactMap { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, sides[0].first == "/" else {
                fault("'\(part)' is no expectation '/pointer=value'", line: declaration.line)
                return nil
            }
            let text = String(sides[1])
            let value: JSONValue =
                switch text {
                case "true": .boolean(true)
                case "false": .boolean(false)
                case "null": .null
                default: Int64(text).map { .integer($0) } ?? .string(text)
                }
            return HTTPRequest.Claim(String(sides[0]), is: value)
        }
    }

    static func probe(_ text: String) -> Probe? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 2 else { return nil }
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        if methods.contains(words[0]),
            ["http://", "https://", "$"].contains(where: words[1].hasPrefix)
        {
            return .http(HTTPRequest(words[0], words[1]))
        }
        let parts = words[1].split(separator: ":")
        if words[0] == "tcp", parts.count == 2, let port = Int(parts[1]),
            (1...65_535).contains(port)
        {
            return .tcp(host: String(parts[0]), port: port)
        }
        return nil
    }
}
