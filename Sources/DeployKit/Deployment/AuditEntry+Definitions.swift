// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A blob that decides what the log means, and is therefore never erased.
package struct DefinitionReference: Hashable, Sendable {
    /// What it is, in one word.
    package let word: String
    /// SHA-256 of its bytes.
    package let digest: Digest
    /// How the name of a file with it ends.
    package let fileEnding: String
}

extension AuditEntry {
    /// The checklist that a deployment began with or follows from here on, and the document that it
    /// was read from.
    package var definitions: [DefinitionReference] {
        let checklist: JSONValue?
        switch kind {
        case "deployment-started": checklist = body["subject"]?["checklist"]
        case "deployment-amended": checklist = body["checklist"]
        default: return []
        }
        let found = [
            ("checklist", checklist, "json"),
            ("source", body["source"]?["digest"], "md"),
        ]
        return found.compactMap { word, value, ending in
            value?.string.flatMap(Digest.init(hex:)).map {
                DefinitionReference(word: word, digest: $0, fileEnding: ending)
            }
        }
    }

    /// The head of the log that a sign-off is bound to.
    ///
    /// - Throws: ``JSONError`` when what it names is no head.
    func boundHead() throws(JSONError) -> LogHead? {
        guard kind == "signed-off", let head = body["signOff"]?["head"] else { return nil }
        return try LogHead(json: head)
    }
}
