// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What one comment `<!-- deploykit: key=value key="two words" -->` declares, grammar version 1.
///
/// A key is one of ``keys``; a value is a run without white space, or stands between `"`; that of
/// `json` is a JSON object. A comment without white space after `deploykit:` was generated and
/// declares nothing.
struct Declaration {
    /// The keys of version 1.
    static let keys: Set<String> = [
        "id", "kind", "effect", "timeout", "after", "environment", "gate", "when", "secrets",
        "inherit", "cwd", "shell", "capture", "network", "metric", "level", "trigger", "evidence",
        "moment", "assurance", "suite", "waivable", "cleanup", "concurrency", "hook", "field",
        "json", "from", "deployer", "salt", "compensates", "verification", "item",
        "part", "whole", "others", "window", "samples", "role", "nodata", "for", "consecutive",
        "keep", "check", "attempts", "delay", "output", "expect",
        "header", "within", "redirects", "ca", "minimum", "identity", "credential", "rotate",
    ]

    /// The values by key.
    var values: [String: String] = [:]
    /// The line of the comment.
    var line: Int

    /// Tells whether the text of a comment is a declaration.
    static func isOne(_ comment: String) -> Bool {
        body(of: comment)?.first?.isWhitespace ?? false
    }

    private static func body(of comment: String) -> Substring? {
        let text = comment.trimmed
        guard text.hasPrefix("<!--"), text.hasSuffix("-->"), text.count >= 7 else { return nil }
        let inner = text.dropFirst(4).dropLast(3).drop(while: \.isWhitespace)
        guard inner.hasPrefix("deploykit:") else { return nil }
        return inner.dropFirst("deploykit:".count)
    }

    /// Reads a comment; faults go to `faults`.
    init(_ comment: String, line: Int, faults: inout [DocumentError.Fault]) {
        self.line = line
        var rest = Self.body(of: comment) ?? ""
        func fault(_ message: String) {
            faults.append(.init(message: message, line: line))
        }
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard !rest.isEmpty else { return }
            let key = String(rest.prefix { $0 != "=" && !$0.isWhitespace })
            rest = rest.dropFirst(key.count)
            guard rest.first == "=" else {
                fault("'\(key)' is declared without a value; 'key=value' is expected")
                return
            }
            rest.removeFirst()
            var value: Substring
            if rest.utf8.first == UInt8(ascii: "{") {
                guard let end = Self.endOfObject(rest) else {
                    fault("the object that '\(key)' is given does not end")
                    return
                }
                value = rest[..<end]
                rest = rest[end...]
            } else if rest.first == "\"" {
                rest.removeFirst()
                value = rest.prefix { $0 != "\"" }
                guard value.endIndex < rest.endIndex else {
                    fault("the value of '\(key)' has no closing quotation mark")
                    return
                }
                rest = rest[value.endIndex...].dropFirst()
            } else {
                value = rest.prefix { !$0.isWhitespace }
                rest = rest[value.endIndex...]
            }
            if !Self.keys.contains(key) {
                fault("'\(key)' is no key of a declaration")
            } else if values.updateValue(String(value), forKey: key) != nil {
                fault("'\(key)' is declared twice")
            } else if value.isEmpty {
                fault("the value of '\(key)' is empty")
            }
        }
    }

    // The end of the JSON object that a text begins with.
    private static func endOfObject(_ text: Substring) -> String.Index? {
        var (depth, isInside, isEscaped) = (0, false, false)
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if isInside {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInside = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInside = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if depth == 0 { return text.utf8.index(after: index) }
        }
        return nil
    }

    /// Adds what another comment at the same place declares.
    mutating func add(_ other: Declaration, faults: inout [DocumentError.Fault]) {
        for (key, value) in other.values where values.updateValue(value, forKey: key) != nil {
            faults.append(.init(message: "'\(key)' is declared twice", line: other.line))
        }
    }

    /// The parts of a value that commas separate.
    func list(_ key: String) -> [String] {
        (values[key] ?? "").split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
    }

    /// A length of time such as `30s`, `5m`, `7d`, `1h`, `500ms`.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count > 0, count <= 1_000_000 else { return nil }
        return switch text.dropFirst(digits.count) {
        case "ms": .milliseconds(count)
        case "s": .seconds(count)
        case "m", "min": .minutes(count)
        case "h": .hours(count)
        case "d": .days(count)
        case "w": .days(7 * count)
        default: nil
        }
    }

    /// The value of `key` as `read` understands it; a value that it does not is a fault.
    func value<Value>(
        _ key: String,
        expected: String,
        faults: inout [DocumentError.Fault],
        read: (String) -> Value?
    ) -> Value? {
        guard let text = values[key] else { return nil }
        if let value = read(text) { return value }
        faults.append(
            .init(message: "'\(text)' is no value of '\(key)'; \(expected) is expected", line: line)
        )
        return nil
    }

    /// A value that is `true` or `false`.
    func flag(_ key: String, faults: inout [DocumentError.Fault]) -> Bool? {
        value(key, expected: "true or false", faults: &faults) { Bool($0) }
    }
}
