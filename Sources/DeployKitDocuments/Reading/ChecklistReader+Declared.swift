// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads a page whose front matter says `deploykit: 1` and `inference: none`: nothing in it is
/// guessed.
///
/// - A heading with `kind=phase`, `section`, `level`, `reference` or `rollback` opens that part; any
///   other heading, and every text, is prose. The first heading is the title.
/// - A list item is what its `kind` says: one of the kinds of items, as a task; `slot`, `field` or
///   `contract`, a line `Label: ____` to fill in; `step`, `verification` or `trigger` of a rollback.
///   Every task declares its kind.
/// - A fence below an item, step or reference is its command, in the language that interprets it. A
///   fence of the language `deploykit` holds JSON: below an item a command or a probe, elsewhere
///   members of the checklist, such as its metrics.
/// - A part has the keys of the declared grammar; `json={…}` has the members that no key is for, as
///   in the canonical form. Titles are what is seen, unless `json` has another.
///
/// What runs is always what is seen: a command stands in no comment.
extension ChecklistReader {
    /// Whether the page declares everything.
    mutating func isDeclaredPage() -> Bool {
        let header = FrontMatter.values(document)
        guard header.values["deploykit"] == "1", let word = header.values["inference"] else {
            return false
        }
        guard word == "none" else {
            fault(
                "'\(word)' is no value of 'inference'; 'none' is expected",
                line: header.lines["inference"] ?? 1
            )
            return false
        }
        return true
    }

    mutating func readDeclaredPage() {
        readTasks()
        var draft = DeclaredDraft()
        var next = document.blocks.first?.firstChild
        var isFirst = true
        while let block = next {
            next = document.blocks[block].nextSibling
            switch document.blocks[block].kind {
            case .heading:
                let declaration = declaration(below: block, &next)
                openDeclared(block, declaration, isTitle: isFirst, &draft)
                isFirst = false
            case .list: readDeclaredList(block, &draft)
            case .fencedCode: readDeclaredFence(block, &draft)
            default: break
            }
        }
        for task in tasks where task.id == nil && task.slot == nil {
            fault("a page with 'inference: none' declares the kind of each task", line: task.line)
        }
        finishDeclared(draft)
    }

    // What stands in a heading, or in comments right below it.
    private mutating func declaration(below heading: Int, _ next: inout Int?) -> Declaration? {
        understood.insert(heading)
        var result = inlineDeclaration(of: heading)
        while let block = next, case .comment = document.blocks[block].kind,
            let declared = blockDeclaration(of: block)
        {
            if result == nil { result = declared } else { result?.add(declared, faults: &faults) }
            understood.insert(block)
            next = document.blocks[block].nextSibling
        }
        return result
    }

    private mutating func openDeclared(
        _ heading: Int,
        _ declaration: Declaration?,
        isTitle: Bool,
        _ draft: inout DeclaredDraft
    ) {
        draft.place = .none
        let title = withoutComments(inlines(of: heading))
        let line = document.blocks[heading].firstLine
        guard let declaration, let kind = declaration.values["kind"] else {
            guard isTitle else {
                if let declaration {
                    fault(
                        "a declared heading says with kind= what it opens",
                        line: declaration.line
                    )
                }
                return
            }
            var members = declaration.map { self.members(of: $0, at: .page) } ?? JSONObject()
            let header = FrontMatter(document)
            if members["title"] == nil { members["title"] = title.json }
            if let edition = header.edition { members["edition"] = edition.json }
            if let service = header.service { members["service"] = service.json }
            for member in members { draft.members[member.name] = member.value }
            return
        }
        guard let site = DeclarationSite(heading: kind) else {
            return fault("'\(kind)' is no kind of heading", line: declaration.line)
        }
        var members = members(of: declaration, at: site)
        if members["title"] == nil, site != .rollback { members["title"] = title.json }
        switch site {
        case .phase:
            var phase = DeclaredDraft.PhasePart(members: members)
            if let sections = phase.members.removeValue(named: "sections")?.array {
                phase.sections = sections.compactMap { section in
                    guard case .object(let members) = section else { return nil }
                    return .init(members: members)
                }
            }
            if let id = phase.members["id"]?.string { lineOfPhase[PhaseID(id)] = line }
            check(phase.members, as: Phase.self, declaration.line)
            draft.phases.append(phase)
            draft.place = .phase
        case .section:
            guard !draft.phases.isEmpty else {
                return fault("a section stands below a phase", line: declaration.line)
            }
            check(members, as: Section.self, declaration.line)
            draft.phases[draft.phases.count - 1].sections.append(.init(members: members))
            draft.place = .phase
        case .level:
            check(members, as: RollbackLevel.self, declaration.line)
            draft.levels.append(.init(members: members))
            rollbackLines.append(
                .init(
                    line: line,
                    id: members["id"]?.string.map { RollbackLevelID($0) },
                    title: title,
                    steps: [],
                    verification: [],
                    triggers: []
                )
            )
            draft.place = .level
        case .reference:
            draft.references.append((members, []))
            draft.place = .reference
        default: draft.hasPlan = true
        }
    }

    private static let fencedMembers = [
        "metrics", "windows", "gatePolicies", "reviews", "suites", "variables", "contacts",
    ]

    private mutating func readDeclaredFence(_ block: Int, _ draft: inout DeclaredDraft) {
        let line = document.blocks[block].firstLine
        if draft.place == .reference, let command = declaredFence(block, as: ItemCommand.self) {
            understood.insert(block)
            draft.references[draft.references.count - 1].commands.append(command)
            return
        }
        guard language(of: block) == "deploykit", draft.place != .reference else { return }
        understood.insert(block)
        guard case .object(let members)? = declaredJSON(document.code(of: block), line: line) else {
            return
        }
        for member in members {
            guard Self.fencedMembers.contains(member.name) else {
                fault("'\(member.name)' is no member that a fence holds", line: line)
                continue
            }
            if draft.members[member.name] != nil {
                fault("'\(member.name)' is declared twice", line: line)
            }
            draft.members[member.name] = member.value
        }
        do {
            var whole = members
            whole["v"] = 1.json
            whole["title"] = "".json
            _ = try Checklist(json: .object(whole))
        } catch {
            fault("\(error)", line: line)
        }
    }

    private mutating func finishDeclared(_ draft: DeclaredDraft) {
        guard faults.isEmpty else { return }
        var draft = draft
        if draft.members["title"] == nil { draft.members["title"] = "Checklist".json }
        do {
            let checklist = try Checklist(json: draft.json)
            declared = checklist
            triggers = checklist.rollbackPlan?.triggers ?? []
            lintDefinition()
        } catch {
            fault("\(error)", line: 1)
        }
    }

    // MARK: JSON

    /// Says what is wrong with a part, at its line.
    mutating func check<Part: JSONConvertible>(
        _ members: JSONObject,
        as type: Part.Type,
        _ line: Int
    ) {
        do {
            _ = try Part(json: .object(members))
        } catch {
            fault("\(error)", line: line)
        }
    }

    /// The value of a JSON text.
    mutating func declaredJSON(_ text: String, line: Int) -> JSONValue? {
        do {
            return try JSONValue(parsing: Array(text.utf8), within: .definition)
        } catch {
            fault("\(error)", line: line)
            return nil
        }
    }

    /// What a fence holds: JSON of this type, or a script and its interpreter.
    mutating func declaredFence<Part: JSONConvertible>(
        _ block: Int,
        as type: Part.Type
    ) -> JSONValue? {
        guard case .fencedCode(let info) = document.blocks[block].kind else { return nil }
        var code = document.code(of: block)
        if code.utf8.last == 0x0A { code.unicodeScalars.removeLast() }
        let line = document.blocks[block].firstLine
        let language = document.text(info).trimmed
        guard language == "deploykit" else {
            guard type == ItemCommand.self else {
                fault("a probe stands in a fence of the language 'deploykit'", line: line)
                return nil
            }
            return ItemCommand.script(code, interpreter: language.isEmpty ? "bash" : language).json
        }
        guard case .object(let members)? = declaredJSON(code, line: line) else { return nil }
        check(members, as: type, line)
        return .object(members)
    }
}
