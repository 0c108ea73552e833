// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The list items of a page that declares everything.
extension ChecklistReader {
    /// The members that a declaration gives a part.
    mutating func members(of declaration: Declaration, at site: DeclarationSite) -> JSONObject {
        var members = JSONObject()
        if let text = declaration.values["json"],
            case .object(let others)? = declaredJSON(text, line: declaration.line)
        {
            members = others
        }
        let known = site.keys + (site == .item ? DeclarationSite.kindKeys : [])
        for (key, text) in declaration.values.sorted(by: { $0.key < $1.key })
        where !["kind", "json"].contains(key) {
            if site == .item, key == "network" { continue }
            guard let known = known.first(where: { $0.key == key }) else {
                fault("'\(key)' says nothing of a \(site.rawValue)", line: declaration.line)
                continue
            }
            if site == .item, DeclarationSite.kindKeys.contains(where: { $0.key == key }) {
                continue
            }
            if members[known.member] != nil {
                fault("'\(known.member)' is declared twice", line: declaration.line)
            }
            members[known.member] = value(text, of: known, declaration)
        }
        return members
    }

    private mutating func value(
        _ text: String,
        of key: DeclarationSite.Key,
        _ declaration: Declaration
    ) -> JSONValue? {
        switch key.form {
        case .text: return text.json
        case .list: return declaration.list(key.key).json
        case .only: return [text].json
        case .flag: return declaration.flag(key.key, faults: &faults)?.json
        case .number:
            return declaration.value(key.key, expected: "a number", faults: &faults) { Int($0) }?
                .json
        case .duration:
            return declaration.value(
                key.key,
                expected: "a time such as 30s or 5m",
                faults: &faults
            ) {
                Declaration.duration($0)
            }?.json
        }
    }

    /// Reads a list; what it declares goes into the draft.
    mutating func readDeclaredList(_ list: Int, _ draft: inout DeclaredDraft) {
        for item in Array(document.children(of: list)) {
            guard let declaration = declaration(ofItem: item) else { continue }
            let kind = declaration.values["kind"] ?? ""
            guard let site = DeclarationSite(rawValue: kind) else {
                readDeclaredItem(item, declaration, &draft)
                continue
            }
            understood.insert(item)
            switch site {
            case .slot, .field, .contract: readDeclaredLine(item, site, declaration, &draft)
            case .step, .verification, .trigger:
                readDeclaredStep(item, site, declaration, &draft)
            default: fault("'\(kind)' is no kind of list item", line: declaration.line)
            }
        }
    }

    private mutating func readDeclaredItem(
        _ block: Int,
        _ declaration: Declaration,
        _ draft: inout DeclaredDraft
    ) {
        guard draft.place == .phase, !draft.phases.isEmpty else {
            return fault("an item stands below the heading of a phase", line: declaration.line)
        }
        guard let item = declaredItem(block, declaration) else { return }
        let last = draft.phases.count - 1
        if draft.phases[last].sections.isEmpty {
            // Items right below the heading of a phase are a section of the same name.
            let id = draft.phases[last].members["id"]
            draft.phases[last].sections.append(.init(members: ["id": id ?? "phase".json]))
        }
        let section = draft.phases[last].sections.count - 1
        draft.phases[last].sections[section].items.append(item)
    }

    // What the first paragraph of an item declares, or comments right inside it.
    private mutating func declaration(ofItem item: Int) -> Declaration? {
        var result: Declaration?
        for child in Array(document.children(of: item)) {
            var found: Declaration?
            switch document.blocks[child].kind {
            case .paragraph: found = inlineDeclaration(of: child)
            case .comment: found = blockDeclaration(of: child)
            default: continue
            }
            guard let found else { continue }
            if result == nil { result = found } else { result?.add(found, faults: &faults) }
        }
        return result
    }

    private func declaredTitle(_ item: Int) -> String {
        guard let first = document.blocks[item].firstChild else { return "" }
        return withoutComments(inlines(of: first))
    }

    // MARK: Items

    private mutating func declaredItem(_ block: Int, _ declaration: Declaration) -> JSONValue? {
        let line = document.blocks[block].firstLine
        guard let task = taskOfBlock[block] else {
            fault("an item is a task: '- [ ] …'", line: line)
            return nil
        }
        var members = members(of: declaration, at: .item)
        if members["title"] == nil { members["title"] = declaredTitle(block).json }
        guard let id = members["id"]?.string, !id.isEmpty else {
            fault("an item has an id", line: declaration.line)
            return nil
        }
        if !itemNames.claim(id) {
            fault("the id '\(id)' is taken already", line: declaration.line)
        }
        let children = Array(document.children(of: block))
        var fences = children.filter {
            if case .fencedCode = document.blocks[$0].kind { true } else { false }
        }[...]
        for fence in fences {
            understood.insert(fence)
            lintCommand(fence)
        }
        let word = declaration.values["kind"] ?? "manual"
        setKind(word, of: &members, declaration, &fences)
        let offers = fences.compactMap { declaredFence($0, as: ItemCommand.self) }
        if !offers.isEmpty { members["offers"] = offers.json }
        understood.insert(block)
        lineOfItem.append((ItemID(id), line))
        tasks[task].id = ItemID(id)
        tasks[task].kind = word
        tasks[task].isDeclared = true
        declaredItems.insert(ItemID(id))
        check(members, as: Item.self, declaration.line)
        var below: [JSONValue] = []
        for child in children {
            guard case .list = document.blocks[child].kind else { continue }
            for inner in Array(document.children(of: child)) {
                guard let declared = self.declaration(ofItem: inner) else { continue }
                if let item = declaredItem(inner, declared) { below.append(item) }
            }
        }
        if !below.isEmpty { members["children"] = below.json }
        return .object(members)
    }

    // The kind is its word, the keys that belong to it, and what the first fences hold.
    private mutating func setKind(
        _ word: String,
        of members: inout JSONObject,
        _ declaration: Declaration,
        _ fences: inout ArraySlice<Int>
    ) {
        var kind = JSONObject()
        if case .object(let others)? = members.removeValue(named: "kind") { kind = others }
        kind["is"] = word.json
        for key in DeclarationSite.kindKeys {
            if let text = declaration.values[key.key] { kind[key.member] = text.json }
        }
        if declaration.values["network"] != nil {
            kind["network"] =
                declaration.value("network", expected: "a known network", faults: &faults) {
                    try? Network.named($0)
                }?.json
        }
        if ["command", "service", "capture"].contains(word), let fence = fences.popFirst() {
            kind["command"] = declaredFence(fence, as: ItemCommand.self)
        }
        if word == "service", let fence = fences.popFirst() {
            kind["ready"] = declaredFence(fence, as: Probe.self)
        }
        if word == "probe", let fence = fences.popFirst() {
            kind["probe"] = declaredFence(fence, as: Probe.self)
        }
        members["kind"] = kind.count == 1 && word == "manual" ? nil : .object(kind)
    }

    // MARK: Lines to fill in

    private mutating func readDeclaredLine(
        _ block: Int,
        _ site: DeclarationSite,
        _ declaration: Declaration,
        _ draft: inout DeclaredDraft
    ) {
        guard let paragraph = document.blocks[block].firstChild,
            let first = document.lines(of: paragraph).first
        else { return fault("a \(site.rawValue) has a label", line: declaration.line) }
        var range = first.range
        // What a comment holds is no blank.
        for span in inlines(of: paragraph).spans
        where span.kind == .html && Declaration.isOne(span.text(in: inlines(of: paragraph))) {
            range =
                range
                .lowerBound..<max(
                    range.lowerBound,
                    min(range.upperBound, span.range.lowerBound)
                )
        }
        let task = taskOfBlock[block]
        if let box = task.map({ tasks[$0].lastBox }), range.contains(box) {
            range = min(box + 2, range.upperBound)..<range.upperBound
        }
        let colon = document.source[range].firstIndex(of: UInt8(ascii: ":")) ?? range.upperBound
        var members = members(of: declaration, at: site)
        let label = site == .slot ? "label" : "title"
        if members[label] == nil { members[label] = plain(range.lowerBound..<colon).json }
        let runs = blankRuns(in: colon..<range.upperBound)
        let name = members[site == .contract ? "name" : "id"]?.string ?? ""
        let line = first.number
        switch site {
        case .slot:
            if members["gate"] == nil { members["gate"] = "completion".json }
            if members["rule"] == nil {
                let isStatement = members["isStatement"] == true.json
                members["rule"] =
                    SignOffRule(
                        roles: isStatement ? [] : [Role(members[label]?.string ?? "")]
                    ).json
            }
            check(members, as: SignOffSlot.self, declaration.line)
            draft.slots.append(.object(members))
            addBlanks(ofSlot: SignOffSlotID(name), runs, from: colon, line: line)
            signOffLines.append(.init(line: line, id: SignOffSlotID(name)))
            if let task {
                tasks[task].slot = SignOffSlotID(name)
                tasks[task].kind = "sign-off"
                tasks[task].isDeclared = true
            }
        case .contract:
            check(members, as: ContractSlot.self, declaration.line)
            draft.contracts.append(.object(members))
            contractLines.append(.init(line: line, name: name))
            if let run = runs.first {
                addBlank(.init(target: .contract(.init(name)), range: run, line: line))
            }
        default:
            check(members, as: Field.self, declaration.line)
            draft.fields.append(.object(members))
            if let run = runs.first {
                addBlank(.init(target: .field(FieldID(name)), range: run, line: line))
            }
        }
    }

    // MARK: Rollback

    private mutating func readDeclaredStep(
        _ block: Int,
        _ site: DeclarationSite,
        _ declaration: Declaration,
        _ draft: inout DeclaredDraft
    ) {
        let line = document.blocks[block].firstLine
        var members = members(of: declaration, at: site)
        if members["title"] == nil { members["title"] = declaredTitle(block).json }
        if site == .trigger {
            if members["policy"] == nil { members["policy"] = "proposed".json }
            check(members, as: RollbackTrigger.self, declaration.line)
            draft.triggers.append(.object(members))
            rollbackLines.append(
                .init(line: line, id: nil, title: "", steps: [], verification: [], triggers: [line])
            )
            return
        }
        for child in Array(document.children(of: block)) {
            guard case .fencedCode = document.blocks[child].kind else { continue }
            if members["command"] != nil {
                fault("a step has one command", line: document.blocks[child].firstLine)
            }
            lintCommand(child)
            members["command"] = declaredFence(child, as: ItemCommand.self)
        }
        check(members, as: RollbackStep.self, declaration.line)
        let level = draft.levels.count - 1
        if site == .verification, draft.place != .level {
            draft.verification.append(.object(members))
        } else if draft.place == .level, level >= 0 {
            let lines = rollbackLines.lastIndex { $0.id != nil }
            if site == .step {
                draft.levels[level].steps.append(.object(members))
                if let lines { rollbackLines[lines].steps.append(line) }
            } else {
                draft.levels[level].verification.append(.object(members))
                if let lines { rollbackLines[lines].verification.append(line) }
            }
        } else {
            fault("a step stands below the heading of a level", line: declaration.line)
        }
    }
}
