// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let auditExport = Verb(
        "audit export",
        "the log as a folder that is checked without DeployKit",
        details: [
            "Writes every entry with its proof material, the attachments, the definitions, a table of "
                + "sign-offs, a checkpoint and a manifest. VERIFY.txt in the folder says how to check "
                + "it with stock tools. The moment that the manifest names is SOURCE_DATE_EPOCH "
                + "where it is set."
        ],
        options: [
            Option("output", "FOLDER", isRequired: true, "a folder that does not exist yet")
        ],
        examples: ["deploykit audit export --output q3"],
        exits: [(.invalidData, "the store is damaged, or the folder cannot be written")]
    ) { call in
        let folder = call.arguments["output"] ?? ""
        let generatedAt = try moment(call)
        let workspace = try await Workspace.reading(call)
        do {
            try await workspace.checkNote()
        } catch let diverged as Diverged {
            call.console.note("what is exported is not the whole log: \(diverged.message.visible)")
        }
        let bundle = EvidenceBundle(
            of: workspace.deployments.log,
            generatedAt: generatedAt,
            version: Help.version,
            signer: try await workspace.signer()
        )
        var sink = try FolderSink(folder)
        let summary: EvidenceBundle.Summary
        do {
            summary = try await bundle.write(to: &sink)
            try sink.finish()
        } catch let error as EvidenceError {
            throw InputError(.invalid, error.message)
        }
        for digest in summary.returned {
            call.console.note(
                "the content of \(digest) is back in the store though its erasure is on record; it "
                    + "is left out, and 'deploykit audit erase \(digest)' erases it again"
            )
        }
        let signed = summary.signOffs - summary.unsigned
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "path": folder.json,
                "head": summary.head.json,
                "deployments": summary.deployments.json,
                "signOffs": summary.signOffs.json,
                "unsigned": summary.unsigned.json,
                "erased": summary.erased.json,
                "returned": .array(summary.returned.map(\.json)),
            ]),
            or: "\(summary.signOffs) sign-offs (\(signed) signed, \(summary.unsigned) UNSIGNED) in "
                + "\(summary.deployments) deployments · entries 0…\(summary.head.size - 1) without a "
                + "gap · root \(summary.head.root.short)\n\(folder.visible)/VERIFY.txt says how to "
                + "check it\n"
        )
        return .done
    }

    private static func moment(_ call: Call) throws(UsageError) -> Timestamp {
        guard let text = call.environment["SOURCE_DATE_EPOCH"] else { return SystemClock().now() }
        guard let seconds = Int64(text), (0...253_402_300_799).contains(seconds) else {
            throw UsageError("SOURCE_DATE_EPOCH is '\(text)'; it is a number of seconds since 1970")
        }
        return Timestamp(milliseconds: seconds * 1000)
    }
}
