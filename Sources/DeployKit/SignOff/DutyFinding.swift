// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that somebody who separates duties wants to know of: who approved what they asked for,
/// what nobody proved, what was left out.
public struct DutyFinding: Hashable, Sendable {
    /// The kinds of finding, in the order in which they are reported.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// Whoever asked for the deployment approved it, under any name.
        case selfApproval = "self-approval"
        /// Whoever did items of it approved it, under any name.
        case executorApproval = "executor-approval"
        /// One key signed for several people.
        case sharedKey = "shared-key"
        /// One person approved at several places of a gate.
        case repeatedApproval = "repeated-approval"
        /// An approval that no key proves.
        case unsignedApproval = "unsigned-approval"
        /// An approval whose right was checked against no directory.
        case uncheckedAuthority = "unchecked-authority"
        /// A conditional sign-off that somebody decided to be not needed.
        case signOffLeftOut = "sign-off-left-out"
        /// A required item that somebody waived.
        case itemWaived = "item-waived"
        /// Nobody approved at all.
        case noApproval = "no-approval"

        /// Whether one person stands on both sides, or for two; the other kinds say what is not
        /// proved or was left out.
        public var isBreach: Bool {
            switch self {
            case .selfApproval, .executorApproval, .sharedKey, .repeatedApproval: true
            case .unsignedApproval, .uncheckedAuthority, .signOffLeftOut, .itemWaived, .noApproval:
                false
            }
        }
    }

    /// What kind of finding it is.
    public let code: Code
    /// Who it is about, under the id that counts; `nil` for ``Code/noApproval``.
    public let person: ActorID?
    /// The gate, where it is about one.
    public let gate: GateID?
    /// The slots or items that it is about, in document order.
    public let subjects: [String]
    /// What was found.
    public let sentence: String
}

extension Deployment {
    /// What was found about the separation of duties, self-approval first.
    ///
    /// Everything follows from the events of the deployment; the people are those that each gate
    /// copied when it opened. Whether a finding is a fault, the tier and the reader decide: where
    /// requester and executors are excluded, their approvals are recorded and did not count.
    public var dutyFindings: [DutyFinding] {
        var findings: [DutyFinding] = []
        for (gate, progress) in gates.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            findings += dutyFindings(at: gate, progress)
        }
        findings += sharedKeys
        for slot in signOffSlots {
            guard let actor = slotSkips[slot.id] else { continue }
            findings.append(
                DutyFinding(
                    code: .signOffLeftOut,
                    person: actor.id,
                    gate: slot.gate,
                    subjects: [slot.id.text],
                    sentence: "\(actor.id) decided that '\(slot.label)' need not sign"
                )
            )
        }
        for entry in outline.leaves where entry.requirement == .required {
            guard let progress = items[entry], progress.state == .waived,
                let actor = progress.actor
            else { continue }
            findings.append(
                DutyFinding(
                    code: .itemWaived,
                    person: actor.id,
                    gate: nil,
                    subjects: [entry.item.id.text],
                    sentence: "\(actor.id) waived \(entry.number) '\(entry.item.title)'"
                )
            )
        }
        if !signOffs.contains(where: { $0.decision == .approved }) {
            findings.append(
                DutyFinding(
                    code: .noApproval,
                    person: nil,
                    gate: nil,
                    subjects: [],
                    sentence: "nobody approved anything"
                )
            )
        }
        let order = DutyFinding.Code.allCases
        return order.flatMap { code in findings.filter { $0.code == code } }
    }

    private func dutyFindings(at gate: GateID, _ progress: GateProgress) -> [DutyFinding] {
        let directory = progress.terms.directory
        let approvals = progress.signOffs.filter { $0.decision == .approved }
        let requester = directory.canonical(requester.id)
        let doers = Set(executors.map(directory.canonical))
        var findings: [DutyFinding] = []
        func add(_ code: DutyFinding.Code, _ signOff: SignOff, _ what: String) {
            let name =
                signOff.actor.id == signOff.person
                ? "\(signOff.person)" : "\(signOff.person) (as '\(signOff.actor.id)')"
            findings.append(
                DutyFinding(
                    code: code,
                    person: signOff.person,
                    gate: gate,
                    subjects: [signOff.slot.text],
                    sentence: "\(name) \(what) '\(label(signOff.slot))'"
                )
            )
        }
        for signOff in approvals {
            if signOff.person == requester {
                add(.selfApproval, signOff, "asked for the deployment and approved")
            }
            if doers.contains(signOff.person) {
                add(.executorApproval, signOff, "did items and approved")
            }
            if !signOff.actor.assurance.isSigned {
                let how = signOff.actor.assurance.rawValue
                add(.unsignedApproval, signOff, "is only \(how), and approved")
            }
            if signOff.authority == .none {
                add(.uncheckedAuthority, signOff, "is in no directory, and approved")
            }
        }
        let byPerson = Dictionary(grouping: approvals, by: \.person)
        for (person, approvals) in byPerson.sorted(by: { $0.key < $1.key }) {
            let slots = Set(approvals.map(\.slot))
            guard slots.count > 1 else { continue }
            let distinct = signOffSlots.map(\.id).filter(slots.contains)
            findings.append(
                DutyFinding(
                    code: .repeatedApproval,
                    person: person,
                    gate: gate,
                    subjects: distinct.map(\.text),
                    sentence: "\(person) approved at \(distinct.count) places of '\(gate)': "
                        + distinct.map { "'\(label($0))'" }.joined(separator: ", ")
                )
            )
        }
        return findings
    }

    private var sharedKeys: [DutyFinding] {
        var people: [String: Set<ActorID>] = [:]
        for signOff in signOffs {
            if let proof = signOff.proof { people[proof.keyID, default: []].insert(signOff.person) }
        }
        return people.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { key, people in
            DutyFinding(
                code: .sharedKey,
                person: people.min(),
                gate: nil,
                subjects: people.sorted().map(\.text),
                sentence: "one key, \(key), signed for "
                    + people.sorted().map(\.text).joined(separator: " and ")
            )
        }
    }
}

extension DutyFinding: JSONConvertible {
    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members([
            "code": code.json, "person": person?.json, "gate": gate?.json,
            "subjects": subjects.jsonUnlessEmpty, "sentence": sentence.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        code = try members.required("code")
        person = try members.optional("person")
        gate = try members.optional("gate")
        subjects = try members.list("subjects")
        sentence = try members.required("sentence")
        try members.finish()
    }
}
