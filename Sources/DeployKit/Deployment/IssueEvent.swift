// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What became known of a problem that a deployment met, as the log keeps it.
@nonexhaustive
public enum IssueEvent: Hashable, Sendable {
    /// A problem was met, and perhaps solved at once. Problems count from 1.
    case met(Int, AttachmentReference, resolution: AttachmentReference?)
    /// A problem was solved, or is understood better than before.
    case resolved(Int, resolution: AttachmentReference)

    /// The name of the event in the log.
    public var kind: String {
        switch self {
        case .met: "issue-met"
        case .resolved: "issue-resolved"
        }
    }

    /// The members of the event in the body of its entry.
    public var json: JSONValue {
        switch self {
        case .met(let number, let text, let resolution):
            .members(["issue": number.json, "text": text.json, "resolution": resolution?.json])
        case .resolved(let number, let resolution):
            .members(["issue": number.json, "resolution": resolution.json])
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// - Returns: `nil` when the name is none of these.
    /// - Throws: ``JSONError`` when the members are not those of the event.
    init?(kind: String, json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        switch kind {
        case "issue-met":
            self = .met(
                try members.required("issue"),
                try members.required("text"),
                resolution: try members.optional("resolution")
            )
        case "issue-resolved":
            self = .resolved(
                try members.required("issue"),
                resolution: try members.required("resolution")
            )
        default: return nil
        }
        try members.finish()
    }
}

extension Deployment {
    /// A problem that the deployment met.
    public struct Issue: Hashable, Sendable {
        /// Its number, counting from 1.
        public let number: Int
        /// What it was.
        public let text: AttachmentReference
        /// How it was solved; `nil` while it is not.
        public internal(set) var resolution: AttachmentReference?
        /// Who met it.
        public let actor: Actor
        /// When.
        public let at: Timestamp
        /// When the resolution was recorded.
        public internal(set) var resolvedAt: Timestamp?
    }

    mutating func apply(_ event: IssueEvent, _ recorded: RecordedEvent) {
        switch event {
        case .met(let number, let text, let resolution):
            issues.append(
                Issue(
                    number: number,
                    text: text,
                    resolution: resolution,
                    actor: recorded.actor,
                    at: recorded.at,
                    resolvedAt: resolution.map { _ in recorded.at }
                )
            )
        case .resolved(let number, let resolution):
            guard let place = issues.firstIndex(where: { $0.number == number }) else { return }
            issues[place].resolution = resolution
            issues[place].resolvedAt = recorded.at
        }
    }
}

extension Planner {
    mutating func note(
        issue text: String,
        resolution: String?
    ) throws(Refusal) -> Bool {
        try required(text, "the issue")
        if let resolution { try required(resolution, "the resolution") }
        guard let reference = attachments.attach(text) else { return false }
        emit(
            .issue(
                .met(
                    state.issues.count + 1,
                    reference,
                    resolution: attachments.attach(resolution)
                )
            )
        )
        return true
    }

    mutating func resolve(issue number: Int, _ resolution: String) throws(Refusal) -> Bool {
        try required(resolution, "the resolution")
        guard let issue = state.issues.first(where: { $0.number == number }) else {
            throw Refusal(
                .unknownName,
                "there is no issue \(number); \(state.issues.count) were noted"
            )
        }
        if let known = issue.resolution, context.texts[known.digest] == resolution { return false }
        if let reference = attachments.attach(resolution) {
            emit(.issue(.resolved(number, resolution: reference)))
        }
        return true
    }
}
