// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension AuditEntry {
    /// The attachments that the event refers to, wherever in its body, in the order of the
    /// canonical JSON.
    public var attachments: [AttachmentReference] {
        var found: [AttachmentReference] = []
        Self.collect(from: body, into: &found)
        return found
    }

    private static func collect(from value: JSONValue, into found: inout [AttachmentReference]) {
        switch value {
        case .object(let members):
            // An object of any other form is no reference, and may hold some.
            if members["digest"] != nil, let reference = try? AttachmentReference(json: value) {
                found.append(reference)
            } else {
                for member in members { collect(from: member.value, into: &found) }
            }
        case .array(let elements):
            for element in elements { collect(from: element, into: &found) }
        default: return
        }
    }
}
