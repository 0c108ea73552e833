// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A page about one deployment or several, for people, on a screen and on paper.
///
/// One file of HTML without scripts, forms or images from elsewhere; its policy lets nothing be
/// loaded but the style sheet inside, which it names by its digest. The same values give the same
/// bytes. Every picture has a table beside it that says the same in words. What is a value can never
/// become markup.
public struct DeploymentReport: Sendable {
    /// A deployment with what the page shows of it.
    public struct Run: Sendable {
        let deployment: Deployment
        let history: [RecordedEvent]
        let texts: [Digest: String]
        let samples: [MetricSample]
        let predecessor: Deployment?

        /// A deployment.
        ///
        /// - Parameters:
        ///   - deployment: Its state.
        ///   - history: Everything that happened to it, oldest first.
        ///   - texts: The texts of ``references(of:_:)`` that were not erased, by digest.
        ///   - samples: What was measured.
        ///   - predecessor: What it is compared with; `nil` where nothing was deployed before.
        public init(
            _ deployment: Deployment,
            history: [RecordedEvent],
            texts: [Digest: String],
            samples: [MetricSample] = [],
            predecessor: Deployment? = nil
        ) {
            self.deployment = deployment
            self.history = history
            self.texts = texts
            self.samples = samples
            self.predecessor = predecessor
        }

        /// The attachments that the page shows as text: notes, reasons and filled blanks.
        public static func references(
            of deployment: Deployment,
            _ history: [RecordedEvent]
        ) -> [AttachmentReference] {
            deployment.reportedTexts
                + history.compactMap { HistoryLine($0, in: deployment).text }
        }
    }

    private let runs: [Run]
    private let origin: String
    private let period: String?
    private let generatedAt: Timestamp
    private let version: String

    /// A page.
    ///
    /// - Parameters:
    ///   - runs: The deployments, in the order in which they are to stand.
    ///   - origin: The name of the log.
    ///   - period: Which deployments were asked for, in words; `nil` where one was named.
    ///   - generatedAt: The moment that the page names.
    ///   - version: The version of the tool that the page names.
    public init(
        of runs: [Run],
        origin: String,
        period: String? = nil,
        generatedAt: Timestamp,
        version: String
    ) {
        self.runs = runs
        self.origin = origin
        self.period = period
        self.generatedAt = generatedAt
        self.version = version
    }

    /// The page, in UTF-8.
    public var html: String {
        let title =
            runs.count == 1 && period == nil
            ? "Deployment \(runs[0].deployment.title)" : "Deployments, \(period ?? origin)"
        let page: HTMLText = """
            \(EvidenceReport.head(title))<main>
            <h1>\(title)</h1>
            <dl><dt>Log</dt><dd><code>\(origin)</code></dd>
            <dt>Made</dt><dd>\(generatedAt.description), deploykit \(version)</dd></dl>
            <p class="small">It shows what was logged, and cannot show what the log was never told;
            'deploykit audit export' makes the evidence that it is derived from.</p>
            \(overview)\(runs.map(section))</main>
            """
        return (page + EvidenceReport.end).markup
    }

    // With one deployment there is nothing to choose from.
    private var overview: HTMLText {
        guard period != nil || runs.count != 1 else { return "" }
        if runs.isEmpty { return "<p>No deployment changed in this time.</p>\n" }
        let rows = runs.enumerated().map { index, run -> HTMLText in
            let deployment = run.deployment
            let took = deployment.endedAt.map { ($0 - deployment.startedAt).spoken } ?? "not ended"
            let issues = run.history.count { HistoryLine($0, in: deployment).isIssue }
            return """
                <tr><td><a href="#run-\(index + 1)">\(deployment.title)</a></td>
                <td>\(deployment.status.word)</td>
                <td class="at">\(String(deployment.startedAt.description.prefix(16)))Z</td>
                <td>\(took)</td><td>\(issues)</td></tr>

                """
        }
        let counts = Dictionary(grouping: runs, by: \.deployment.status.word)
            .map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", ")
        return """
            <nav aria-label="Deployments"><table><caption>\(runs.count) deployments: \(counts)</caption>
            <thead><tr><th scope="col">Deployment</th><th scope="col">Status</th>\
            <th scope="col">Began</th><th scope="col">Took</th><th scope="col">Issues</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></nav>

            """
    }

    private func section(of run: Run) -> HTMLText {
        let index = (runs.firstIndex { $0.deployment.id == run.deployment.id } ?? 0) + 1
        let parts = ReportParts(run)
        let evidence = EvidenceReport(of: run.deployment, texts: run.texts)
        return """
            <section id="run-\(index)" aria-labelledby="title-\(index)">
            <h2 id="title-\(index)">\(run.deployment.title)</h2>
            \(evidence.facts)\(parts.changes)\(parts.issues)\(evidence.leftOut)\(parts.timeline)\
            \(parts.gates)\(evidence.approvals)\(evidence.duties)\(parts.metrics)\
            \(evidence.work)\(evidence.contracts)\(parts.events)</section>

            """
    }
}

extension Deployment {
    /// Service, environment and version.
    fileprivate var title: String {
        "\(subject.service) · \(subject.environment.name.text) · \(subject.version)"
    }
}
