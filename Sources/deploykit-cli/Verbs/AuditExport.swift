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
                + "where it is set.",
            "--deployment, --from and --to select deployments, each of which is shown whole; a DATE "
                + "is a day in UTC or a moment as the log writes it. The headers of all other entries "
                + "are there as well, so that what was left out can be counted.",
        ],
        options: [
            Option("output", "FOLDER", isRequired: true, "a folder that does not exist yet"),
            Option("from", "DATE", "only deployments to which something happened from then on"),
            Option("to", "DATE", "only deployments to which something happened up to then"),
            Option("previous", "FILE", "the checkpoint that ended the previous period"),
        ],
        examples: [
            "deploykit audit export --output q3",
            "deploykit audit export --output q3 --from 2026-07-01 --to 2026-09-30 \\",
            "  --previous q2/checkpoint",
        ],
        exits: [
            (.done, "written"),
            (.no, "the log does not contain the head that --previous names"),
            (.invalidData, "the store is absent or damaged, or the folder cannot be written"),
        ] + .signing
    ) { call in
        let folder = call.arguments["output"] ?? ""
        let generatedAt = try call.generatedAt()
        let workspace = try await Workspace.reading(call)
        do {
            try await workspace.checkNote()
        } catch let diverged as Diverged {
            call.console.note("what is exported is not the whole log: \(diverged.message.visible)")
        }
        let previous = try previous(call)
        if let previous, try await workspace.deployments.log.standing(of: previous) != .contained {
            throw Diverged(
                message: "the log does not contain the \(previous.size) entries of "
                    + "'\(previous.origin)' that --previous names: it does not continue that period",
                hints: ["'deploykit audit verify --against FILE' tells more"]
            )
        }
        let bundle = EvidenceBundle(
            of: workspace.deployments.log,
            generatedAt: generatedAt,
            version: Version.number,
            signer: try await workspace.signer(),
            query: try query(call),
            previous: previous
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

    private static func query(_ call: Call) throws(UsageError) -> EvidenceQuery {
        let from = try call.day("from", .begins)
        let to = try call.day("to", .ends)
        if let from, let to, from > to {
            throw UsageError("--from is after --to: nothing could happen in that period")
        }
        return EvidenceQuery(
            deployments: call.arguments["deployment"].map { [DeploymentID($0)] } ?? [],
            from: from,
            to: to
        )
    }

    private static func previous(_ call: Call) throws -> LogHead? {
        guard let path = call.arguments["previous"] else { return nil }
        do {
            return try Checkpoint(note: try InputFile.bytes(path, limit: 1 << 17)).head
        } catch let error as CheckpointError {
            throw InputError(.invalid, "'\(path)' is no checkpoint: \(error.message)")
        }
    }
}
