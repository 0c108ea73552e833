// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let report = Verb(
        "report",
        "a page of HTML about a deployment, or about a period",
        details: [
            "One file that needs no other: what changed since the last deployment, issues met, a "
                + "timeline, gates and sign-offs with who and when, metrics as charts and tables, "
                + "items with how long they took. It has no script, and prints as it should be filed.",
            "--from and --to select every deployment that changed in that time; a DATE is a day in "
                + "UTC or a moment as the log writes it. Without them it is about one deployment. The "
                + "moment that the page names is SOURCE_DATE_EPOCH where it is set.",
        ],
        options: [
            Option("from", "DATE", "deployments that changed from then on"),
            Option("to", "DATE", "deployments that changed up to then"),
            Option("output", "FILE", "write it there; else it is printed"),
        ],
        examples: [
            "deploykit report --output report.html",
            "deploykit report --from 2026-07-01 --to 2026-09-30 --output q3.html",
        ],
        exits: [(.done, "written"), (.invalidData, "the store or the file cannot be used")]
    ) { call in
        let (from, to) = (try call.day("from", .begins), try call.day("to", .ends))
        let generatedAt = try call.generatedAt()
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let isPeriod = from != nil || to != nil
        let runs =
            isPeriod
            ? try await workspace.runs(from: from, to: to)
            : [try await workspace.run(of: try await workspace.deployment(orLatest: true))]
        // A day is said as it was typed.
        let words = [("from", "from"), ("up to", "to")].compactMap { word, option in
            call.arguments[option].map { "\(word) \($0)" }
        }
        let report = DeploymentReport(
            of: runs.map(\.run),
            origin: try await workspace.deployments.log.origin(),
            period: isPeriod ? words.joined(separator: " ") : nil,
            generatedAt: generatedAt,
            version: Version.number
        )
        let html = report.html
        let output = call.arguments["output"]
        if let output { try OutputFile.replace(output, Array(html.utf8)) }
        if output == nil, !call.console.isJSON {
            call.console.print(asIs: html)
            return .done
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployments": .array(runs.map(\.state.summary)),
                "path": output?.json,
                "html": output == nil ? html.json : nil,
            ]),
            or: "\(runs.count) deployments in \(output?.visible ?? "")\n"
        )
        return .done
    }
}

extension Workspace {
    // A page of more is read by nobody, and is held in memory as a whole.
    private static let mostRuns = 500

    /// A deployment with everything that a report shows of it.
    fileprivate func run(
        of live: LiveDeployment
    ) async throws -> (state: Deployment, run: DeploymentReport.Run) {
        let state = try await live.state()
        let history = try await live.history()
        var texts: [Digest: String] = [:]
        for reference in DeploymentReport.Run.references(of: state, history) {
            texts[reference.digest] = try await deployments.text(of: reference)
        }
        let run = DeploymentReport.Run(
            state,
            history: history,
            texts: texts,
            samples: try await live.samples(of: Set(state.checklist.metrics.map(\.id))),
            predecessor: try await live.predecessor()
        )
        return (state, run)
    }

    /// The deployments to which something happened in a time, the one that began first first.
    ///
    /// - Throws: `UsageError` when there are too many for a page.
    fileprivate func runs(
        from: Timestamp?,
        to: Timestamp?
    ) async throws -> [(state: Deployment, run: DeploymentReport.Run)] {
        var found: [(state: Deployment, run: DeploymentReport.Run)] = []
        var position: Int?
        listing: while true {
            let page = try await deployments.list(before: position, limit: 50)
            for entry in page {
                position = entry.lastPosition
                if let service, entry.state.subject.service != service { continue }
                if let to, entry.state.startedAt > to { continue }
                let live = try await deployments.deployment(entry.state.id)
                let moments = try await live.history().map(\.at)
                // The list goes back in the order of the last change.
                if let from, let last = moments.last, last < from { break listing }
                let isWithin = moments.contains { moment in
                    from.map { moment >= $0 } ?? true && to.map { moment <= $0 } ?? true
                }
                guard isWithin else { continue }
                guard found.count < Self.mostRuns else {
                    throw UsageError(
                        "more than \(Self.mostRuns) deployments changed in that time",
                        hints: ["choose a shorter one with --from and --to, or a --service"]
                    )
                }
                found.append(try await run(of: live))
            }
            if page.count < 50 { break }
        }
        return found.sorted { $0.state.startedAt < $1.state.startedAt }
    }
}
