// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Which deployments an evidence bundle shows.
///
/// A deployment is selected whole: when it is named, where names are given, and when anything
/// happened to it in the period, where one is given. The headers of all entries stand in every
/// bundle, and tell which deployments a query selects: who was left out can be counted.
public struct EvidenceQuery: Hashable, Sendable {
    /// Only these; empty for all.
    public let deployments: [DeploymentID]
    /// Only those to which something happened from this moment on.
    public let from: Timestamp?
    /// Only those to which something happened up to this moment.
    public let to: Timestamp?

    /// A query of these parts; without any it selects everything.
    public init(deployments: [DeploymentID] = [], from: Timestamp? = nil, to: Timestamp? = nil) {
        self.deployments = deployments
        self.from = from
        self.to = to
    }

    /// Whether nothing is left out.
    public var isEverything: Bool { deployments.isEmpty && from == nil && to == nil }

    /// Whether an entry of this stream and moment selects its deployment.
    func selects(_ stream: StreamID, at moment: Timestamp) -> Bool {
        guard stream.isDeployment else { return false }
        let isNamed =
            deployments.isEmpty || deployments.contains { StreamID.deployment($0) == stream }
        return isNamed && from.map { moment >= $0 } ?? true && to.map { moment <= $0 } ?? true
    }

    /// The query in words.
    var sentence: String {
        if isEverything { return "every deployment" }
        var words =
            deployments.isEmpty
            ? "deployments" : "deployments " + deployments.map(\.text).joined(separator: ", ")
        if let from { words += ", changed from \(from)" }
        if let to { words += from == nil ? ", changed up to \(to)" : " to \(to)" }
        return words
    }
}

extension EvidenceQuery: JSONConvertible {
    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members([
            "deployments": deployments.jsonUnlessEmpty, "from": from?.json, "to": to?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: `JSONError` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        deployments = try members.list("deployments")
        from = try members.optional("from")
        to = try members.optional("to")
        try members.finish()
    }
}

extension StreamID {
    /// Whether this is the stream of a deployment.
    var isDeployment: Bool { text.utf8.starts(with: "deployment/".utf8) }

    /// Whether a bundle shows the bodies of this stream whatever is selected: what the log says of
    /// itself and of the people.
    var isAlwaysShown: Bool {
        self == .directory || self == AuditLog.stream || self == AuditLog.epochs
    }
}
