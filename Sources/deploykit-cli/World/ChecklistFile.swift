// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// A checklist that a person names: a Markdown document, or canonical JSON.
struct ChecklistFile {
    /// The path as it was given.
    let path: String
    /// The bytes as they were read.
    let bytes: [UInt8]
    /// What was understood.
    let checklist: Checklist
    /// The document, where it is Markdown.
    let document: ChecklistDocument?

    /// Reads a checklist. A file that begins with `{` is JSON, any other is Markdown.
    ///
    /// - Throws: `InputError` when the file cannot be read or is no checklist, with the lines that
    ///   are at fault.
    init(_ path: String) throws(InputError) {
        self.path = path
        bytes = try InputFile.document(path).bytes
        if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            document = nil
            do {
                checklist = try Checklist(json: JSONValue(parsing: bytes, within: .definition))
            } catch {
                throw InputError(.invalid, "'\(path)' is no checklist: \(error)")
            }
            return
        }
        do {
            let document = try ChecklistDocument(markdown: bytes)
            checklist = document.checklist
            self.document = document
        } catch {
            let faults = error.faults.map { "\(path):\($0.line): \($0.message)" }
            throw InputError(.invalid, faults.joined(separator: "\n  "))
        }
    }
}
