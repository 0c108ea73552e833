// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Whether something must be done.
public enum Requirement: Hashable, Sendable {
    /// It must.
    case required
    /// It may be left.
    case optional
    /// It must, if a condition in words holds; a person decides ("if SMS is enabled").
    case conditional(String)
}

extension Requirement: JSONConvertible {
    /// `"required"`, `"optional"`, or an object with the member `if`.
    public var json: JSONValue {
        switch self {
        case .required: "required".json
        case .optional: "optional".json
        case .conditional(let words): .members(["if": words.json])
        }
    }

    /// Reads what ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        switch json.string {
        case "required"?: self = .required
        case "optional"?: self = .optional
        default:
            var members = try JSONMembers(json)
            self = .conditional(try members.required("if"))
            try members.finish()
        }
    }
}

/// A condition that can be computed from what is known when a deployment starts.
///
/// The text is clauses joined by ` and `. A clause is `name=value`, `name!=value`, or either with
/// several values separated by commas, any of which will do; names are `environment`, `tier`,
/// `network` and those of variables. Spaces around names and values are ignored.
public struct Condition: Hashable, Sendable, CustomStringConvertible {
    /// One comparison of a condition.
    public struct Clause: Hashable, Sendable {
        /// What is compared.
        public let name: String
        /// Whether one of the values must be there, or none of them.
        public let isEquality: Bool
        /// The values, at least one.
        public let values: [String]
    }

    /// The comparisons, all of which must hold; at least one.
    public let clauses: [Clause]

    /// Reads the text form.
    ///
    /// - Returns: `nil` when `text` is no such form.
    public init?(_ text: String) {
        var clauses: [Clause] = []
        for part in text.split(separator: " and ", omittingEmptySubsequences: false) {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            let isEquality = equals == part.startIndex || part[part.index(before: equals)] != "!"
            let name = part[..<(isEquality ? equals : part.index(before: equals))].trimmed
            let values = part[part.index(after: equals)...]
                .split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
            guard !name.isEmpty, !values.contains("") else { return nil }
            clauses.append(Clause(name: name, isEquality: isEquality, values: values))
        }
        self.clauses = clauses
    }

    /// The text form, with single spaces.
    public var description: String {
        clauses.map { clause in
            clause.name + (clause.isEquality ? "=" : "!=") + clause.values.joined(separator: ",")
        }.joined(separator: " and ")
    }

    /// Tells whether the condition holds.
    ///
    /// - Parameter inputs: What is known: each name with the values it has, such as the networks
    ///   of an environment.
    /// - Returns: `nil` when a name is not known, so that it cannot be told.
    public func holds(for inputs: [String: [String]]) -> Bool? {
        var result = true
        for clause in clauses {
            guard let known = inputs[clause.name] else { return nil }
            let isThere = clause.values.contains { known.contains($0) }
            if isThere != clause.isEquality { result = false }
        }
        return result
    }
}

extension Condition: JSONConvertible {
    /// The text form as a JSON string.
    public var json: JSONValue { description.json }

    /// Reads the text form.
    ///
    /// - Throws: ``JSONError`` when `json` is no such text.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        guard let condition = Self(text) else {
            throw JSONError(.value, "'\(text)' is no condition such as 'tier=production'")
        }
        self = condition
    }
}

extension Substring {
    /// The text without white space around it.
    package var trimmed: String {
        let bytes = utf8
        var (start, end) = (bytes.startIndex, bytes.endIndex)
        while start < end, bytes[start].isASCIISpace { start = bytes.index(after: start) }
        while start < end, bytes[bytes.index(before: end)].isASCIISpace {
            end = bytes.index(before: end)
        }
        guard start < end else { return "" }
        // White space beyond ASCII, and marks that combine with a space, take the long way.
        let last = bytes[bytes.index(before: end)]
        if bytes[start] < 0x80, last < 0x80 { return String(self[start..<end]) }
        var rest = self
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}

extension String {
    /// The text without white space around it.
    package var trimmed: String {
        guard let first = utf8.first, let last = utf8.last else { return "" }
        let isBare = first < 0x80 && last < 0x80 && !first.isASCIISpace && !last.isASCIISpace
        return isBare ? self : Substring(self).trimmed
    }
}

extension UInt8 {
    /// Whether this is one of the white space characters of ASCII.
    package var isASCIISpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
