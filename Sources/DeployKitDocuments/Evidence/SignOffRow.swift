// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Derives the rows of `signoffs.csv` from the entries of a log, oldest first.
struct SignOffTable {
    private var subjects: [StreamID: SignOffRow.Subject] = [:]

    /// The row of the next entry, or `nil` when it has none.
    ///
    /// - Throws: ``EvidenceError``; see ``SignOffRow/init(_:of:)``.
    mutating func row(of entry: AuditEntry) throws(EvidenceError) -> SignOffRow? {
        if entry.kind == "deployment-started" {
            subjects[entry.stream] = SignOffRow.Subject(entry)
        }
        return try SignOffRow(entry, of: subjects[entry.stream])
    }
}

/// A row of `signoffs.csv`: RFC 4180, every field quoted, CRLF, UTF-8 without a byte order mark.
///
/// A value that a spreadsheet could take for a formula gets an apostrophe in front; so does one that
/// begins with apostrophes before such a character, so that taking one away always gives the value
/// back.
struct SignOffRow {
    /// What is known of a deployment from its first entry.
    struct Subject {
        let deployment: String
        let service: String
        let environment: String
        let tier: String
        let version: String

        init?(_ entry: AuditEntry) {
            let subject = entry.body["subject"]
            guard let deployment = entry.body["deployment"]?.string,
                let service = subject?["service"]?.string,
                let environment = subject?["environment"]?["name"]?.string,
                let tier = subject?["environment"]?["tier"]?.string,
                let version = subject?["version"]?.string
            else { return nil }
            self.deployment = deployment
            self.service = service
            self.environment = environment
            self.tier = tier
            self.version = version
        }
    }

    private static let columns = [
        "seq", "leafHash", "at", "deployment", "service", "environment", "tier", "version", "gate",
        "round", "slot", "decision", "person", "actor", "assurance", "signature", "authority",
        "checklist", "subject", "headSize", "headRoot", "reason",
    ]

    static var header: [UInt8] { line(columns) }

    private let values: [String]
    let isWithdrawal: Bool
    let isSigned: Bool
    /// The signed statement of the sign-off, where there is one.
    let proof: SignOffProof?

    /// The row of an entry, or `nil` when it is neither a sign-off nor a withdrawal.
    ///
    /// - Throws: ``EvidenceError`` when a sign-off cannot be read, or belongs to no deployment: a
    ///   table that left it out would hide it.
    init?(_ entry: AuditEntry, of subject: Subject?) throws(EvidenceError) {
        guard ["signed-off", "sign-off-withdrawn"].contains(entry.kind) else { return nil }
        guard let subject else {
            throw EvidenceError(message: "entry \(entry.position) belongs to no deployment")
        }
        let common = [
            String(entry.position), entry.leaf.hex, entry.at.description, subject.deployment,
            subject.service, subject.environment, subject.tier, subject.version,
        ]
        let signOff: SignOff
        switch entry.kind {
        case "signed-off":
            do {
                signOff = try SignOff(json: entry.body["signOff"] ?? .null)
            } catch {
                throw EvidenceError(message: "entry \(entry.position): \(error)")
            }
        case "sign-off-withdrawn":
            isWithdrawal = true
            isSigned = false
            proof = nil
            let texts = ["gate", "round", "slot"].map { name in
                entry.body[name]?.string ?? entry.body[name]?.integer.map(String.init) ?? ""
            }
            let person = entry.body["person"]?.string ?? ""
            let reason = entry.body["reason"]?["digest"]?.string ?? ""
            let empty = Array(repeating: "", count: 8)
            values = common + texts + ["withdrawn", person] + empty + [reason]
            return
        default:
            return nil
        }
        isWithdrawal = false
        isSigned = signOff.actor.assurance.isSigned
        proof = signOff.proof
        values =
            common + [
                signOff.gate.description, String(signOff.round), signOff.slot.text,
                signOff.decision.rawValue, signOff.person.text, signOff.actor.id.text,
                signOff.actor.assurance.rawValue, isSigned ? "SIGNED" : "UNSIGNED",
                signOff.authority.rawValue, signOff.checklist.hex, signOff.subject.hex,
                String(signOff.head.size), signOff.head.root.hex, signOff.reason?.digest.hex ?? "",
            ]
    }

    /// The row as it stands in the table, line end included.
    var bytes: [UInt8] { Self.line(values) }

    static func line(_ values: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.reduce(0) { $0 + $1.utf8.count + 4 })
        for (number, value) in values.enumerated() {
            bytes += number == 0 ? "\"".utf8 : ",\"".utf8
            if looksLikeFormula(value) { bytes.append(UInt8(ascii: "'")) }
            // Bytes: a quotation mark with an accent on it is one character, and still ends the field.
            for byte in value.utf8 {
                if byte == UInt8(ascii: "\"") { bytes.append(byte) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes += "\r\n".utf8
        return bytes
    }

    private static func looksLikeFormula(_ value: String) -> Bool {
        switch value.unicodeScalars.first(where: { $0 != "'" }) {
        case "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠": true
        default: false
        }
    }
}
