// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that happened to the metrics of one deployment, as the log keeps it.
///
/// The events have a stream of their own, `metrics/<deployment>`, so that a deployment that was
/// watched for weeks is read as fast as any other.
@nonexhaustive
public enum MetricEvent: Hashable, Sendable {
    /// Metrics were measured.
    case measured([MetricSample])
    /// The measurements before this event were judged.
    case decided(MetricDecision)
    /// Somebody began to measure again and again.
    case watchStarted(MetricWatch)
    /// The watch ended, by itself or because somebody ended it for good.
    case watchEnded(at: Timestamp)
    /// Something that a later version wrote; it changes nothing here.
    case unknown(kind: String, body: JSONValue)

    /// The name of the event in the log. Names are never changed or used again.
    public var kind: String {
        switch self {
        case .measured: "metrics-measured"
        case .decided: "metrics-decided"
        case .watchStarted: "watch-started"
        case .watchEnded: "watch-ended"
        case .unknown(let kind, _): kind
        }
    }

    /// The members of the event in the body of its entry, to which the log adds `actor`.
    public var json: JSONValue {
        switch self {
        case .measured(let samples): .members(["samples": samples.json])
        case .decided(let decision): .members(["decision": decision.json])
        case .watchStarted(let watch): .members(["watch": watch.json])
        case .watchEnded(let at): .members(["at": at.json])
        case .unknown(_, let body): body
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// - Throws: ``JSONError`` when the name is known and the members are not those of the event.
    public init(kind: String, json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        switch kind {
        case "metrics-measured": self = .measured(try members.required("samples"))
        case "metrics-decided": self = .decided(try members.required("decision"))
        case "watch-started": self = .watchStarted(try members.required("watch"))
        case "watch-ended": self = .watchEnded(at: try members.required("at"))
        default:
            self = .unknown(kind: kind, body: json)
            return
        }
        try members.finish()
    }
}
