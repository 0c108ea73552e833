// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What an observation without a judgeable value means.
@nonexhaustive
public enum NoDataPolicy: Hashable, Sendable {
    /// It is missing, and the verdict says so.
    case incomplete
    /// It violates every band.
    case breach
    /// It violates nothing.
    case notBreach
    /// It repeats the last judgeable observation; before one it is missing.
    case keepLast
    /// It is this value.
    case treatAs(Quantity)
}

/// The policies of a metric, apart for each reason; `incomplete` unless said otherwise.
public struct NoDataPolicies: Hashable, Sendable {
    /// For a source without a value.
    public var absent: NoDataPolicy
    /// For a value that is no number.
    public var nan: NoDataPolicy
    /// For a measurement that failed.
    public var error: NoDataPolicy
    /// For fewer samples than the metric asks for.
    public var tooFew: NoDataPolicy

    /// The policies.
    public init(
        absent: NoDataPolicy = .incomplete,
        nan: NoDataPolicy = .incomplete,
        error: NoDataPolicy = .incomplete,
        tooFew: NoDataPolicy = .incomplete
    ) {
        self.absent = absent
        self.nan = nan
        self.error = error
        self.tooFew = tooFew
    }

    /// The policy for a reason; what was not measured at all stays missing.
    func policy(for reason: Incompleteness) -> NoDataPolicy {
        switch reason {
        case .absent: absent
        case .nan: nan
        case .error: error
        case .tooFew: tooFew
        case .notYetRun, .terminated, .noBaseline: .incomplete
        }
    }
}

extension NoDataPolicy: JSONConvertible {
    /// A JSON string; `treatAs` is an object with that member.
    public var json: JSONValue {
        switch self {
        case .incomplete: .string("incomplete")
        case .breach: .string("breach")
        case .notBreach: .string("notBreach")
        case .keepLast: .string("keepLast")
        case .treatAs(let quantity): .members(["treatAs": quantity.json])
        }
    }

    /// Reads the string or the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        switch json {
        case .string("incomplete"): self = .incomplete
        case .string("breach"): self = .breach
        case .string("notBreach"): self = .notBreach
        case .string("keepLast"): self = .keepLast
        default:
            var members = try JSONMembers(json)
            self = .treatAs(try members.required("treatAs"))
            try members.finish()
        }
    }
}

extension NoDataPolicies: JSONConvertible {
    /// An object of the policies that are not `incomplete`.
    public var json: JSONValue {
        func unlessDefault(_ policy: NoDataPolicy) -> JSONValue? {
            policy == .incomplete ? nil : policy.json
        }
        return .members([
            "absent": unlessDefault(absent), "nan": unlessDefault(nan),
            "error": unlessDefault(error), "tooFew": unlessDefault(tooFew),
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        absent = try members.optional("absent") ?? .incomplete
        nan = try members.optional("nan") ?? .incomplete
        error = try members.optional("error") ?? .incomplete
        tooFew = try members.optional("tooFew") ?? .incomplete
        try members.finish()
    }
}
