// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitSQLite

extension Verb {
    static let export = Verb(
        "export",
        "the page, ticked; a JUnit report; or every sign-off as a table",
        details: [
            "Patches ticks, signatures, contract IDs, filled blanks and what was measured last of a "
                + "deployment into the page it was started from; every other byte stays. The page is "
                + "the file of --output where it exists, else the one that 'start' read where it still "
                + "is the same checklist, else the copy that the store keeps. A checklist that was "
                + "started from JSON or by a service has no page and gets one. Without --output it is "
                + "printed.",
            "--junit writes the deployment as a JUnit report instead: a phase is a suite, an item a "
                + "test; what is in doubt is an error, what was not reached is skipped.",
            "--sign-offs prints CSV with a row for every sign-off and withdrawal of the log, whatever "
                + "the deployment, as it was recorded: 'signoffs.csv' of an evidence bundle, whose "
                + "signatures 'audit verify' judges.",
        ],
        options: [
            Option(flag: "markdown", "the Markdown page"),
            Option(flag: "junit", "a JUnit report, for CI servers"),
            Option(flag: "sign-offs", "the sign-offs of the whole log, as CSV"),
            Option("output", "FILE", "write there; a page that is there is patched"),
        ],
        examples: [
            "deploykit export --markdown > ticked.md",
            "deploykit export --markdown --output docs/DEPLOYMENT.md",
            "deploykit export --junit --output deploykit-junit.xml",
            "deploykit export --sign-offs > sign-offs.csv",
        ],
        exits: [
            (.done, "written"),
            (.invalidData, "there is no store or no page, or it cannot be read as a checklist"),
        ]
    ) { call in
        if call.arguments.has("sign-offs") { return try await exportSignOffs(call) }
        guard call.arguments.has("markdown") != call.arguments.has("junit") else {
            throw UsageError("say what to export: --markdown, --junit or --sign-offs")
        }
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let live = try await workspace.deployment(orLatest: true)
        let state = try await live.state()
        let output = call.arguments["output"]
        if call.arguments.has("junit") { return try await junit(of: state, in: workspace) }
        let page = try await workspace.page(of: state, output: output)
        let writeBack: WriteBack
        do throws(DocumentError) {
            writeBack = try WriteBack(into: page.bytes)
        } catch {
            let faults = error.faults.map { "\(page.path):\($0.line): \($0.message)" }
            throw InputError(.invalid, faults.joined(separator: "\n  "))
        }
        guard writeBack.hasPlace(for: state) else {
            throw InputError(
                .invalid,
                "'\(page.path)' is no page of this checklist: it has none of its items"
            )
        }
        if writeBack.hash != state.subject.checklist {
            call.console.note(
                "'\(page.path.visible)' is another edition of the checklist than the one that "
                    + "\(state.id) follows; items are matched by their ids"
            )
        }
        var texts: [Digest: String] = [:]
        for field in state.fields.values {
            texts[field.value.digest] = try await workspace.deployments.text(of: field.value)
        }
        let bytes = writeBack.patched(
            with: state,
            texts: texts,
            given: try await workspace.deployments.facts(for: state),
            measurements: try await live.lastValues(of: writeBack.measuredMetrics)
        )
        if let output {
            try OutputFile.replace(output, bytes)
        }
        let markdown = String(decoding: bytes, as: UTF8.self)
        // A page is data, and printed as it is.
        if output == nil, !call.console.isJSON {
            call.console.print(asIs: markdown)
            return .done
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": state.summary, "path": output?.json,
                "markdown": output == nil ? markdown.json : nil,
            ]),
            or: "\(page.path.visible) with the state of \(state.id)"
                + (page.path == output ? "\n" : ", in \(output?.visible ?? "")\n")
        )
        return .done
    }

    private static func exportSignOffs(_ call: Call) async throws -> ExitCode {
        for option in ["output", "markdown", "json"] where call.arguments.has(option) {
            throw UsageError("--sign-offs prints CSV, and takes no --\(option)")
        }
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let export = SignOffExport(of: workspace.deployments.log)
        do {
            _ = try await export.write { bytes in
                call.console.print(asIs: String(decoding: bytes, as: UTF8.self))
            }
        } catch let error as EvidenceError {
            throw InputError(.invalid, error.message)
        }
        return .done
    }
}

extension Verb {
    private static func junit(
        of state: Deployment,
        in workspace: Workspace
    ) async throws -> ExitCode {
        let call = workspace.call
        var texts: [Digest: String] = [:]
        for reference in JUnitExport.references(of: state) {
            texts[reference.digest] = try await workspace.deployments.text(of: reference)
        }
        let facts = try await workspace.deployments.facts(for: state)
        let xml = JUnitExport(of: state, given: facts, texts: texts).xml
        let output = call.arguments["output"]
        if let output { try OutputFile.replace(output, Array(xml.utf8)) }
        if output == nil, !call.console.isJSON {
            call.console.print(asIs: xml)
            return .done
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": state.summary, "path": output?.json,
                "junit": output == nil ? xml.json : nil,
            ]),
            or: "\(state.id) in \(output?.visible ?? "")\n"
        )
        return .done
    }
}

extension Workspace {
    /// The page to patch, and where it was found.
    fileprivate func page(
        of state: Deployment,
        output: String?
    ) async throws -> (path: String, bytes: [UInt8]) {
        if let output, try OutputFile.isRegular(output) {
            return (output, try InputFile.document(output).bytes)
        }
        guard let source = state.source else { return try made(of: state) }
        if StoreLocation.exists(source.path) {
            let bytes = try InputFile.document(source.path).bytes
            // A page that has moved on is no place for a run of its earlier edition.
            let hash = (try? WriteBack(into: bytes))?.hash
            if hash == state.subject.checklist { return (source.path, bytes) }
        }
        guard let blob = try await store.blob(source.digest) else {
            throw InputError(.unreadable, "the store has no copy of '\(source.path)' any more")
        }
        // JSON is no page.
        if blob.bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            return try made(of: state)
        }
        return (source.path, blob.bytes)
    }

    private func made(of state: Deployment) throws(InputError) -> (path: String, bytes: [UInt8]) {
        do {
            return ("a new page", try ChecklistPage(of: state.checklist).bytes)
        } catch {
            throw InputError(.invalid, error.message)
        }
    }
}
