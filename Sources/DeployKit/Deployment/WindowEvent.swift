// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that happened to the monitoring windows of a deployment, as the log keeps it.
@nonexhaustive
public enum WindowEvent: Hashable, Sendable {
    /// The last item of the deployment itself is settled; from `start` on the windows run, whose
    /// days are those of a zone.
    case started([WindowPlan], start: Timestamp, zone: String)
    /// Somebody looked, and all was well.
    case made(ObservationID, note: AttachmentReference?, evidence: [AttachmentReference])
    /// Somebody looked, and it was not.
    case failed(ObservationID, reason: AttachmentReference?)
    /// Nobody looked in time. It was missed at `effectiveAt`, whenever that was noticed.
    case missed(ObservationID, effectiveAt: Timestamp)
    /// A person decided to go on without these.
    case waived([ObservationID], reason: AttachmentReference)
    /// What was recorded of one does not hold any more.
    case reopened(ObservationID, reason: AttachmentReference?)

    /// The name of the event in the log.
    public var kind: String {
        switch self {
        case .started: "windows-started"
        case .made: "observation-made"
        case .failed: "observation-failed"
        case .missed: "observation-missed"
        case .waived: "observations-waived"
        case .reopened: "observation-reopened"
        }
    }

    /// The members of the event in the body of its entry.
    public var json: JSONValue {
        switch self {
        case .started(let plans, let start, let zone):
            .members(["windows": plans.json, "start": start.json, "zone": zone.json])
        case .made(let observation, let note, let evidence):
            .members([
                "observation": observation.json, "note": note?.json,
                "evidence": evidence.jsonUnlessEmpty,
            ])
        case .failed(let observation, let reason), .reopened(let observation, let reason):
            .members(["observation": observation.json, "reason": reason?.json])
        case .missed(let observation, let moment):
            .members(["observation": observation.json, "effectiveAt": moment.json])
        case .waived(let observations, let reason):
            .members(["observations": observations.json, "reason": reason.json])
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// - Returns: `nil` when the name is none of these.
    /// - Throws: ``JSONError`` when the members are not those of the event.
    init?(kind: String, json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        switch kind {
        case "windows-started":
            self = .started(
                try members.required("windows"),
                start: try members.required("start"),
                zone: try members.required("zone")
            )
        case "observation-made":
            self = .made(
                try members.required("observation"),
                note: try members.optional("note"),
                evidence: try members.list("evidence")
            )
        case "observation-failed":
            self = .failed(
                try members.required("observation"),
                reason: try members.optional("reason")
            )
        case "observation-missed":
            self = .missed(
                try members.required("observation"),
                effectiveAt: try members.required("effectiveAt")
            )
        case "observations-waived":
            self = .waived(
                try members.required("observations"),
                reason: try members.required("reason")
            )
        case "observation-reopened":
            self = .reopened(
                try members.required("observation"),
                reason: try members.optional("reason")
            )
        default: return nil
        }
        try members.finish()
    }
}
