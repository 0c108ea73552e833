// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What two sides say of the same contracts: two environments, two states of one, or the registry
/// and a file.
public struct ContractDiff: Hashable, Sendable {
    /// How the two sides of one variable stand to each other.
    public enum Relation: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// Both have the same ID.
        case same
        /// Only the right side has an ID.
        case added
        /// Only the left side has an ID.
        case removed
        /// The IDs differ.
        case changed
        /// Each side has an ID of its own network, as it should be.
        case counterpart
        /// Both have one text on two networks, which a Stellar ID cannot have.
        case impossible

        /// Whether the sides differ in a way that somebody should look at.
        public var isDifference: Bool { self != .same && self != .counterpart }
    }

    /// One variable on both sides.
    public struct Line: Hashable, Sendable {
        /// The name of the variable.
        public let variable: String
        /// The ID on the left side, as CAIP-10 where its network is known.
        public let left: String?
        /// The ID on the right side.
        public let right: String?
        /// How they stand to each other.
        public let relation: Relation
    }

    /// The variables of either side in the order of their names' bytes.
    public let lines: [Line]

    /// Whether nothing differs.
    public var isEmpty: Bool { !lines.contains { $0.relation.isDifference } }

    /// Compares two states. Of two environments only what both need is compared: that each has an
    /// ID of its own.
    public init(
        _ left: ContractRegistry.Snapshot,
        _ right: ContractRegistry.Snapshot
    ) {
        let names = Set((left.entries + right.entries).map(\.variable))
        lines = names.sorted { $0.precedesByBytes($1) }.map { name in
            let (first, second) = (left.id(of: name), right.id(of: name))
            return Line(
                variable: name,
                left: first?.caip10,
                right: second?.caip10,
                relation: Self.relation(first, second)
            )
        }
    }

    /// Compares the contracts of an environment with what a file says.
    ///
    /// - Parameters:
    ///   - left: The contracts.
    ///   - file: The file as it was read; variables that are none of a contract are left out.
    public init(_ left: ContractRegistry.Snapshot, file: EnvironmentFile.Reading) {
        let values = Dictionary(
            file.variables.map { ($0.name, $0.value) },
            uniquingKeysWith: { $1 }
        )
        let endings = ["_CONTRACT_ID", "_CONTRACT_ADDRESS", "_CONTRACT"]
        let ofFile = values.keys.filter { name in endings.contains(where: name.hasSuffix) }
        let names = Set(left.entries.map(\.variable)).union(ofFile)
        lines = names.sorted { $0.precedesByBytes($1) }.map { name in
            let (id, value) = (left.id(of: name)?.text, values[name])
            let relation: Relation =
                switch (id, value) {
                case (let id?, let value?): id.hasSameBytes(as: value) ? .same : .changed
                case (nil, _): .added
                case (_, nil): .removed
                }
            // A value that is no ID may be a secret in the wrong place.
            let isShown =
                value.map { value in
                    left.environment.networks.contains { (try? ContractID(value, on: $0)) != nil }
                } ?? true
            return Line(
                variable: name,
                left: id,
                right: isShown ? value : "a value that is no contract ID",
                relation: relation
            )
        }
    }

    private static func relation(_ left: ContractID?, _ right: ContractID?) -> Relation {
        switch (left, right) {
        case (let left?, let right?):
            if left == right { return .same }
            if left.network == right.network { return .changed }
            return left.kind == .stellarContract && left.text == right.text
                ? .impossible : .counterpart
        case (nil, _): return .added
        case (_, nil): return .removed
        }
    }
}
