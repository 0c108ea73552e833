// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Writes the parts of a checklist one below the other.
struct PageWriter {
    private(set) var text = ""

    mutating func write(_ checklist: Checklist) {
        header(checklist)
        for phase in checklist.phases { write(phase) }
        write(lines: checklist.contractSlots.map(\.json), .contract, below: "Contracts")
        if let plan = checklist.rollbackPlan { write(plan) }
        write(checklist.metrics, "metrics", below: "Success metrics")
        write(checklist.windows, "windows", below: "Monitoring windows")
        write(checklist.gatePolicies, "gatePolicies", below: "Gates")
        write(checklist.reviews, "reviews", below: "Reviews")
        write(checklist.suites, "suites", below: "Smoke suites")
        write(slots: checklist.signOffSlots)
        write(lines: checklist.fields.map(\.json), .field, below: "Record")
        write(checklist.variables, "variables", below: "Variables")
        for reference in checklist.references { write(reference) }
        write(checklist.contacts, "contacts", below: "Contacts")
    }

    private mutating func header(_ checklist: Checklist) {
        text += "---\ndeploykit: 1\ninference: none\n"
        var members = JSONObject()
        let words: [(String, String?)] = [
            ("service", checklist.service), ("edition", checklist.edition),
        ]
        for (name, value) in words {
            guard let value else { continue }
            if value.utf8.allSatisfy({ VisibleLine.isWordByte($0) }), !value.isEmpty {
                text += "\(name): \(value)\n"
            } else {
                members[name] = value.json
            }
        }
        text += "---\n\n"
        if checklist.infersScopes { members["infersScopes"] = true.json }
        if !checklist.hooks.isEmpty { members["hooks"] = checklist.hooks.json }
        heading(1, checklist.title, nil, members, else: "Checklist")
    }

    // MARK: Phases

    private mutating func write(_ phase: Phase) {
        var members = object(phase.json)
        members["sections"] = nil
        var sections = phase.sections[...]
        var own: Section?
        if let first = sections.first, first.title.isEmpty {
            own = first
            sections = sections.dropFirst()
            let isPlain =
                first.id.text == phase.id.text && first.scope.isEmpty
                && first.requirement == .required && !first.items.isEmpty
            if !isPlain {
                members["sections"] =
                    [
                        Section(
                            id: first.id,
                            title: "",
                            scope: first.scope,
                            requirement: first.requirement,
                            items: []
                        ).json
                    ].json
            }
        }
        heading(2, phase.title, .phase, members)
        if let own { write(own.items) }
        for section in sections {
            var members = object(section.json)
            members["items"] = nil
            if section.title.isEmpty { members["title"] = "".json }
            heading(3, section.title, .section, members)
            write(section.items)
        }
    }

    private mutating func write(_ items: [Item]) {
        for item in items { write(item, indent: "") }
        if !items.isEmpty { text += "\n" }
    }

    private mutating func write(_ item: Item, indent: String) {
        var members = object(item.json)
        for name in ["children", "offers", "kind"] { members[name] = nil }
        var kind = object(item.kind.json)
        kind["is"] = nil
        for name in ["command", "ready", "probe"] { kind[name] = nil }
        var keys: [(String, String)] = []
        for key in DeclarationSite.kindKeys {
            guard let value = kind[key.member]?.string, VisibleLine.fitsKey(value) else { continue }
            keys.append((key.key, value))
            kind[key.member] = nil
        }
        if !kind.isEmpty { members["kind"] = .object(kind) }
        line(indent + "- [ ] ", item.title, .item, item.kind.word, members, keys)
        let inner = indent + "  "
        if let command = item.kind.command { fence(command, inner) }
        if case .service(_, let ready) = item.kind { fence(json: ready.json, inner) }
        if case .probe(let probe) = item.kind { fence(json: probe.json, inner) }
        for command in item.offers { fence(command, inner) }
        for child in item.children { write(child, indent: inner) }
    }

    // MARK: Lines to fill in

    private mutating func write(slots: [SignOffSlot]) {
        guard !slots.isEmpty else { return }
        text += "## Sign-off\n\n"
        var group: String?
        for (index, slot) in slots.enumerated() {
            if slot.group != group, let shown = slot.group {
                text += (index == 0 ? "" : "\n") + "### \(VisibleLine.words(shown))\n\n"
            }
            group = slot.group
            var members = object(slot.json)
            if members["gate"] == "completion".json { members["gate"] = nil }
            let roles = slot.isStatement ? [] : [Role(slot.label)]
            if slot.rule == SignOffRule(roles: roles) { members["rule"] = nil }
            form("- [ ] ", slot.label, "label", " Date: ________", .slot, members)
        }
        text += "\n"
    }

    private mutating func write(
        lines: [JSONValue],
        _ site: DeclarationSite,
        below title: String
    ) {
        guard !lines.isEmpty else { return }
        text += "## \(title)\n\n"
        for line in lines {
            form("- ", line["title"]?.string ?? "", "title", "", site, object(line))
        }
        text += "\n"
    }

    // `Label: ____________`, and what is declared of it.
    private mutating func form(
        _ marker: String,
        _ label: String,
        _ member: String,
        _ date: String,
        _ site: DeclarationSite,
        _ members: JSONObject
    ) {
        var members = members
        var shown = label
        if VisibleLine.isLabel(label) {
            members[member] = nil
        } else {
            shown = VisibleLine.words(label)
            members[member] = label.json
        }
        text += "\(marker)\(shown): ____________\(date) "
        text += comment(site, site.rawValue, members, []) + "\n"
    }

    // MARK: Rollback

    private mutating func write(_ plan: RollbackPlan) {
        heading(2, "Rollback plan", .rollback, JSONObject())
        for trigger in plan.triggers {
            var members = object(trigger.json)
            if trigger.policy == .proposed { members["policy"] = nil }
            line("- ", trigger.title, .trigger, "trigger", members)
        }
        if !plan.triggers.isEmpty { text += "\n" }
        for level in plan.levels {
            var members = object(level.json)
            for name in ["steps", "verification"] { members[name] = nil }
            heading(3, level.title, .level, members)
            write(level.steps, .step)
            write(level.verification, .verification)
        }
        guard !plan.verification.isEmpty else { return }
        text += "### After any rollback\n\n"
        write(plan.verification, .verification)
    }

    private mutating func write(_ steps: [RollbackStep], _ site: DeclarationSite) {
        for (index, step) in steps.enumerated() {
            // Nine digits at the most make a list item.
            let marker = site == .step && index < 999_999_998 ? "\(index + 1). " : "- "
            var members = object(step.json)
            members["command"] = nil
            line(marker, step.title, site, site.rawValue, members)
            if let command = step.command {
                fence(command, String(repeating: " ", count: marker.utf8.count))
            }
        }
        if !steps.isEmpty { text += "\n" }
    }

    // MARK: What stands for itself

    private mutating func write(_ reference: ReferenceCommand) {
        var members = object(reference.json)
        members["commands"] = nil
        heading(2, reference.title, .reference, members)
        for command in reference.commands { fence(command, "") }
        if !reference.commands.isEmpty { text += "\n" }
    }

    private mutating func write(
        _ values: [some JSONConvertible],
        _ name: String,
        below title: String
    ) {
        guard !values.isEmpty else { return }
        text += "## \(title)\n\n```deploykit\n"
        text += JSONValue.object([name: values.json]).pretty() + "\n```\n\n"
    }

    // MARK: Markdown

    private func object(_ json: JSONValue) -> JSONObject {
        if case .object(let members) = json { members } else { JSONObject() }
    }

    private mutating func heading(
        _ level: Int,
        _ title: String,
        _ site: DeclarationSite?,
        _ members: JSONObject,
        else word: String = "Untitled"
    ) {
        var members = members
        let marker = String(repeating: "#", count: level) + " "
        if let shown = VisibleLine.text(title, after: marker) {
            text += marker + shown + "\n"
            if !title.isEmpty { members["title"] = nil }
        } else {
            text += marker + word + "\n"
            members["title"] = title.json
        }
        if site != nil || !members.isEmpty {
            text += comment(site ?? .page, site?.rawValue, members, []) + "\n"
        }
        text += "\n"
    }

    private mutating func line(
        _ marker: String,
        _ title: String,
        _ site: DeclarationSite,
        _ kind: String,
        _ members: JSONObject,
        _ keys: [(String, String)] = []
    ) {
        var members = members
        let shown = VisibleLine.text(title, after: String(marker.drop { $0 == " " }))
        if shown != nil { members["title"] = nil }
        text += "\(marker)\(shown ?? "Untitled") \(comment(site, kind, members, keys))\n"
    }

    // Keys where a key can hold the value, JSON for the rest.
    private func comment(
        _ site: DeclarationSite,
        _ kind: String?,
        _ members: JSONObject,
        _ keys: [(String, String)]
    ) -> String {
        var rest = members
        var pairs = kind.map { [("kind", $0)] } ?? []
        for key in site.keys {
            guard let value = rest[key.member], let text = key.form.text(of: value) else {
                continue
            }
            pairs.append((key.key, text))
            rest[key.member] = nil
        }
        var words = (pairs + keys).map { key, value in
            value.utf8.contains(0x20) ? "\(key)=\"\(value)\"" : "\(key)=\(value)"
        }
        if !rest.isEmpty { words.append("json=\(VisibleLine.inComment(.object(rest)))") }
        return "<!-- deploykit: \(words.joined(separator: " ")) -->"
    }

    private mutating func fence(_ command: ItemCommand, _ indent: String) {
        guard case .script(let script, let interpreter) = command, interpreter != "deploykit",
            !interpreter.isEmpty, interpreter.utf8.allSatisfy({ VisibleLine.isWordByte($0) }),
            !script.unicodeScalars.contains(where: { $0 == "\r" || $0 == "\0" })
        else { return fence(json: command.json, indent) }
        block(script, interpreter, indent)
    }

    private mutating func fence(json: JSONValue, _ indent: String) {
        block(json.pretty(), "deploykit", indent)
    }

    private mutating func block(_ code: String, _ language: String, _ indent: String) {
        var (longest, run) = (2, 0)
        for byte in code.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        text += "\(indent)\(fence)\(language)\n"
        for line in code.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            text += (line.isEmpty ? "" : indent) + (String(line) ?? "") + "\n"
        }
        text += "\(indent)\(fence)\n"
    }
}

extension DeclarationSite.Form {
    /// A value as a key holds it; `nil` for one that no key can hold.
    fileprivate func text(of value: JSONValue) -> String? {
        switch (self, value) {
        case (.text, .string(let text)): return VisibleLine.fitsKey(text) ? text : nil
        case (.only, .array(let values)):
            guard values.count == 1, let text = values[0].string else { return nil }
            return VisibleLine.fitsKey(text) ? text : nil
        case (.list, .array(let values)):
            let texts = values.compactMap(\.string)
            let fits = texts.allSatisfy { VisibleLine.fitsKey($0) && !$0.utf8.contains(0x2C) }
            return fits && texts.count == values.count ? texts.joined(separator: ",") : nil
        case (.flag, .boolean(let value)): return "\(value)"
        case (.number, .integer(let value)): return "\(value)"
        case (.duration, .integer(let milliseconds)):
            let units: [(Int64, String)] = [
                (86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms"),
            ]
            for (length, unit) in units where milliseconds > 0 && milliseconds % length == 0 {
                let count = milliseconds / length
                return count <= 1_000_000 ? "\(count)\(unit)" : nil
            }
            return nil
        default: return nil
        }
    }
}
