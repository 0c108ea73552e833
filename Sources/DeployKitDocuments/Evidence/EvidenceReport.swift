// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The page `report.html` of an evidence bundle: for people, on a screen and on paper.
///
/// One file without scripts, links, images or forms; its policy lets nothing be loaded but the one
/// style sheet inside, which it names by its digest. For each deployment stand first what was waived
/// and left out, then the separation of duties, then who approved what and when, beside the moment
/// at which the guarded work began. Everything is derived from the entries, which are the evidence.
struct EvidenceReport {
    static let style = """
        :root{color-scheme:light dark}
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
        h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.5rem;border-top:2px solid;padding-top:.6rem}
        h3{font-size:1rem;margin:1.4rem 0 .3rem}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #8886}
        th{font-weight:600}tbody th{font-weight:400}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}
        dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
        code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
        td{overflow-wrap:break-word}.at{white-space:nowrap;font-variant-numeric:tabular-nums}ul{margin:.2rem 0;padding-left:1.2rem}
        .flag{font-weight:700;border:2px solid;border-radius:.25rem;padding:0 .3rem}
        .small{font-size:.85rem}
        .wide{overflow-x:auto}svg{max-width:100%;height:auto}caption{text-align:left;font-weight:600}
        figure{margin:0}
        @page{size:A4;margin:16mm}
        @media print{body{font-size:10.5pt;margin:0;max-width:none;padding:0}code{font-size:8.5pt}
        h2{break-before:page}section:first-of-type h2{break-before:auto}tr,dl,li{break-inside:avoid}
        thead{display:table-header-group}h3{break-after:avoid}svg,figure{break-inside:avoid}
        .wide{overflow:visible}}
        """

    /// The page up to the first deployment.
    static func start(_ manifest: EvidenceBundle.Frame) -> HTMLText {
        let (head, signature) = (manifest.head, manifest.isSigned ? "signed" : "UNSIGNED")
        return """
            \(self.head("Evidence of deployments: \(head.origin)"))
            <h1>Evidence of deployments</h1>
            <dl><dt>Log</dt><dd><code>\(head.origin)</code></dd>
            <dt>Head</dt><dd>\(head.size) entries, root <code>\(head.root.hex)</code>, \(signature)</dd>
            <dt>Selected</dt><dd>\(manifest.query.sentence)</dd>
            <dt>Made</dt><dd>\(manifest.generatedAt.description), deploykit \(manifest.version)</dd></dl>
            <p class="small">Derived from entries.jsonl, which is the evidence; VERIFY.txt says how to
            check it. It shows what was logged, and cannot show what the log was never told.</p>

            """
    }

    static let end: HTMLText = "</body></html>\n"

    /// What every page of ours begins with: the style sheet, and a policy that allows it alone.
    static func head(_ title: String) -> HTMLText {
        let digest = Base64.encode(SHA256.digest(of: style.utf8).bytes)
        let policy = "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'"
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width">
            <title>\(plain: title)</title>
            <style>\(HTMLText(stringLiteral: style))</style></head><body>
            """
    }

    private let deployment: Deployment
    private let texts: [Digest: String]

    /// - Parameters:
    ///   - deployment: The deployment.
    ///   - texts: The texts of its attachments that were not erased, by digest.
    init(of deployment: Deployment, texts: [Digest: String]) {
        self.deployment = deployment
        self.texts = texts
    }

    /// One deployment.
    var section: HTMLText {
        """
        <section><h2>\(deployment.subject.service) · \
        \(deployment.subject.environment.name.text) · \(deployment.subject.version)</h2>
        \(facts)\(leftOut)\(duties)\(approvals)\(issues)\(work)\(contracts)</section>

        """
    }

    var facts: HTMLText {
        let subject = deployment.subject
        let artifacts = subject.artifacts.map { artifact -> HTMLText in
            "<dt>Artifact</dt><dd>\(artifact.name) <code>\(artifact.digest.hex)</code></dd>\n"
        }
        let ended: HTMLText =
            deployment.endedAt.map { "<dt>Ended</dt><dd>\($0.description)</dd>\n" } ?? ""
        return """
            <dl><dt>Deployment</dt><dd>\(deployment.id.text), \(subject.kind.rawValue), \
            <b>\(deployment.status.word)</b></dd>
            <dt>Asked for by</dt><dd>\(deployment.requester.id.text) \
            (\(deployment.requester.assurance.rawValue)) at \(deployment.startedAt.description)</dd>
            \(ended)<dt>Tier</dt><dd>\(subject.environment.tier.rawValue)</dd>
            <dt>Checklist</dt><dd>\(deployment.checklist.title) <code>\(subject.checklist.hex)</code></dd>
            <dt>Subject</dt><dd><code>\(subject.digest.hex)</code></dd>
            \(artifacts)</dl>

            """
    }

    // What was not done stands before what was.
    var leftOut: HTMLText {
        let waived = deployment.outline.leaves.compactMap { entry -> HTMLText? in
            guard let progress = deployment.items[entry], progress.state == .waived else {
                return nil
            }
            let who = progress.actor?.id.text ?? ""
            return """
                <li><span class="flag">WAIVED</span> \(entry.number) \(entry.item.title), by \(who) \
                at \(progress.settledAt?.description ?? ""): \(text(progress.note))</li>

                """
        }
        let slots = deployment.checklist.signOffSlots.compactMap { slot -> HTMLText? in
            deployment.slotSkips[slot.id].map { actor in
                """
                <li><span class="flag">NOT SIGNED</span> \(slot.label): \(actor.id.text) decided that \
                it is not needed</li>

                """
            }
        }
        let glass = deployment.brokenGlass.map { broken -> HTMLText in
            """
            <li><span class="flag">BREAK-GLASS</span> \(deployment.sentence(for: broken)), by \
            \(broken.actor.id.text) at \(broken.at.description): \(text(broken.glass.reason))</li>

            """
        }
        let unseen = deployment.windows.flatMap(\.observations).compactMap { id -> HTMLText? in
            guard let record = deployment.observations[id], record.standing != .made else {
                return nil
            }
            return """
                <li><span class="flag">\(record.standing.rawValue.uppercased())</span> observation \
                \(id.description) at \(record.at.description) \(record.actor?.id.text ?? ""): \
                \(text(record.note))</li>

                """
        }
        let list = glass + waived + slots + unseen
        return "<h3>Waived and left out</h3>\n"
            + (list.isEmpty ? "<p>Nothing.</p>\n" : "<ul>\(list)</ul>\n")
    }

    var duties: HTMLText {
        let findings = deployment.dutyFindings.map { finding -> HTMLText in
            "<li><b>\(finding.code.rawValue)</b>: \(finding.sentence)</li>\n"
        }
        return "<h3>Separation of duties</h3>\n"
            + (findings.isEmpty
                ? "<p>Nobody approved what they asked for or did; every approval that counts has a key.</p>\n"
                : "<ul>\(findings)</ul>\n")
    }

    var approvals: HTMLText {
        let live = Set(deployment.gates.values.flatMap(\.signOffs))
        let rows = deployment.signOffs.map { signOff -> HTMLText in
            let isLive = live.contains(signOff)
            let proof: HTMLText =
                if let proof = signOff.proof {
                    "SIGNED <code>\(proof.keyID)</code>"
                } else {
                    "<span class=\"flag\">UNSIGNED</span> \(signOff.actor.assurance.rawValue)"
                }
            let name: HTMLText =
                signOff.actor.id == signOff.person
                ? "\(signOff.person.text)" : "\(signOff.person.text) as \(signOff.actor.id.text)"
            let meaning = signOff.proof?.statement.meaning.rawValue ?? ""
            return """
                <tr><td class="at">\(moment(deployment.moment(of: signOff)))</td>
                <td>\(deployment.label(signOff.slot))<br><span class="small">\
                \(signOff.gate.description), round \(signOff.round)</span></td>
                <td>\(signOff.decision.rawValue)\(isLive ? "" : " (does not count any more)") \
                <span class="small">\(meaning)</span></td><td>\(name)</td><td>\(proof)</td>
                <td>\(text(signOff.reason))</td></tr>

                """
        }
        let begun = deployment.gates.keys.sorted { "\($0)" < "\($1)" }.map { gate -> HTMLText in
            "<li>\(gate.description): the work behind it \(beginning(of: gate))</li>\n"
        }
        let table = Self.table(
            "Sign-offs",
            ["When", "Where", "Decision", "Who", "Proof", "Why"],
            rows
        )
        return "<h3>Sign-offs</h3>\n" + (rows.isEmpty ? "<p>None.</p>\n" : table)
            + (begun.isEmpty ? "" : "<ul>\(begun)</ul>\n")
    }

    /// When the first item behind a gate began.
    private func beginning(of gate: GateID) -> String {
        switch gate {
        case .completion, .closure:
            return deployment.endedAt.map { "ended at \($0)" } ?? "has not ended"
        case .rollback(let id):
            let run = deployment.rollbacks.first { $0.level == id }
            return run.map { "began at \($0.at)" } ?? "has not begun"
        case .phase(let id):
            let moments = deployment.outline.leaves.compactMap { entry -> Timestamp? in
                guard deployment.checklist.phases[entry.phase].id == id,
                    let progress = deployment.items[entry], progress.attempts > 0
                else { return nil }
                return progress.startedAt ?? progress.settledAt
            }
            return moments.min().map { "began at \($0)" } ?? "has not begun"
        }
    }

    var issues: HTMLText {
        let met = deployment.issues.map { issue -> HTMLText in
            """
            <li>\(issue.number.description). \(text(issue.text)) <span class="small">\
            (\(issue.actor.id.text), \(issue.at.description))</span><br>\
            \(issue.resolution.map { "solved: \(text($0))" } ?? "not solved")</li>

            """
        }
        let amended = deployment.amendments.map { amendment -> HTMLText in
            """
            <li>The checklist was amended to <code>\(amendment.checklist.hex)</code>: \
            \(text(amendment.reason))</li>

            """
        }
        let list = met + amended
        return list.isEmpty ? "" : "<h3>Issues and amendments</h3>\n<ul>\(list)</ul>\n"
    }

    var work: HTMLText {
        let rows = deployment.outline.leaves.map { entry -> HTMLText in
            let progress = deployment.items[entry]
            let moment = progress?.settledAt ?? progress?.startedAt
            return """
                <tr><td>\(entry.number)</td><th scope="row">\(entry.item.title)</th>
                <td>\(progress?.state.word ?? "")</td><td>\(progress?.actor?.id.text ?? "")</td>
                <td class="at">\(self.moment(moment))</td><td>\(progress?.took ?? "")</td>
                <td>\(text(progress?.note))</td></tr>

                """
        }
        let heads = ["No.", "Item", "State", "Who", "When", "Took", "Note"]
        return "<h3>Items</h3>\n" + Self.table("Items", heads, rows)
    }

    /// A table that can be scrolled by the keyboard where the screen is narrower.
    static func table(_ caption: String, _ heads: [String], _ rows: [HTMLText]) -> HTMLText {
        let head = heads.map { "<th scope=\"col\">\($0)</th>" as HTMLText }
        return """
            <div class="wide" tabindex="0" role="group" aria-label="\(plain: caption)"><table>
            <thead><tr>\(head)</tr></thead><tbody>
            \(rows)</tbody></table></div>

            """
    }

    var contracts: HTMLText {
        guard !deployment.contracts.isEmpty else { return "" }
        let rows = deployment.contracts.sorted { $0.key < $1.key }.map {
            slot,
            contract -> HTMLText in
            """
            <tr><th scope="row">\(slot.text)</th><td>\(contract.id.network.text)</td>
            <td><code>\(contract.id.text)</code></td></tr>

            """
        }
        return "<h3>Contracts</h3>\n" + Self.table("Contracts", ["Slot", "Network", "ID"], rows)
    }

    // The day above the time, so that the column stays narrow on paper.
    func moment(_ moment: Timestamp?) -> HTMLText {
        guard let text = moment?.description else { return "" }
        let parts = text.split(separator: "T").map(String.init)
        return "\(parts[0])<br>\(parts.count > 1 ? parts[1] : "")"
    }

    func text(_ reference: AttachmentReference?) -> String {
        guard let reference else { return "" }
        return texts[reference.digest] ?? "(erased, \(reference.byteCount) bytes)"
    }
}

extension HTMLText {
    static func + (left: Self, right: Self) -> Self {
        Self(stringLiteral: left.markup + right.markup)
    }
}

extension Deployment {
    /// The attachments that a person reads: reasons and notes.
    var reportedTexts: [AttachmentReference] {
        signOffs.compactMap(\.reason) + items.values.compactMap(\.note)
            + brokenGlass.map(\.glass.reason) + observations.values.compactMap(\.note)
            + issues.map(\.text) + issues.compactMap(\.resolution) + amendments.map(\.reason)
    }
}
