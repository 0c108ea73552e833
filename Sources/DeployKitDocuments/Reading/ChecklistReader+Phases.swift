// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    mutating func readPhases() {
        for block in tables.keys { itemTables[block] = itemTable(block) }
        if let scope = usedOfPage("environment") {
            pageScope = scope.declaration.list("environment")
            hasDeclaredScope = true
        }
        findStatementTasks()
        itemBlocks = nodes.indices.map { findItemBlocks(of: $0) }
        holdsItems = itemBlocks.map { !$0.isEmpty }
        // A node stands after the one that it is below.
        for node in nodes.indices.reversed() where !holdsItems[node] && mayHoldItems(node) {
            holdsItems[node] = nodes[node].children.contains { holdsItems[$0] }
        }
        for node in phaseNodes() { readPhase(node.index, isAlone: node.isAlone) }
    }

    /// The nodes that are phases, in order. `isAlone` says that only what stands directly under the
    /// heading belongs to it.
    private func phaseNodes() -> [(index: Int, isAlone: Bool)] {
        var result: [(index: Int, isAlone: Bool)] = []
        var container = 0
        // A title, or one heading around everything, divides nothing.
        while true {
            let inside = nodes[container].children.filter { hasItems($0) }
            if !ownItemBlocks(of: container).isEmpty { result.append((container, true)) }
            guard inside.count == 1, let only = inside.first,
                nodes[only].children.contains(where: { hasItems($0) && nodes[$0].level < 7 }),
                nodes[only].level == 1
                    || nodes[only].children.count(where: { hasItems($0) && nodes[$0].level < 7 })
                        > 1
                        && ownItemBlocks(of: only).isEmpty
            else {
                for node in inside { divide(node, into: &result) }
                return result
            }
            container = only
        }
    }

    private func divide(_ node: Int, into result: inout [(index: Int, isAlone: Bool)]) {
        let inside = nodes[node].children.filter { hasItems($0) }
        let numbered = inside.filter { isPhaseTitle(nodes[$0].title) }
        guard numbered.count >= 2, numbered.count * 2 > inside.count else {
            result.append((node, false))
            return
        }
        if !ownItemBlocks(of: node).isEmpty { result.append((node, true)) }
        for child in inside { divide(child, into: &result) }
    }

    private func isPhaseTitle(_ title: String) -> Bool {
        let words = title.words(of: [.letters, .numbers])
        return ["phase", "stage", "fase", "etapa", "étape", "阶段", "フェーズ"].contains(
            words.first ?? ""
        )
            && words.count > 1 && words[1].first?.isNumber == true
    }

    private func hasItems(_ node: Int) -> Bool { holdsItems[node] }

    private func mayHoldItems(_ node: Int) -> Bool {
        switch nodes[node].purpose {
        case .run, .criteria, .signOff: true
        default: false
        }
    }

    /// The blocks directly under a heading that hold items.
    func ownItemBlocks(of node: Int) -> [Int] { itemBlocks[node] }

    private func findItemBlocks(of node: Int) -> [Int] {
        guard mayHoldItems(node) else { return [] }
        if nodes[node].purpose == .signOff {
            return nodes[node].blocks.filter { isDecision($0) || holdsStatements($0) }
        }
        let tasks = nodes[node].blocks.filter { holdsSteps($0, in: node) }
        if !tasks.isEmpty || !isExecution(node) { return tasks }
        return nodes[node].blocks.filter { isCommandFence($0) }
    }

    /// Whether a list holds tasks or steps that are items.
    private func holdsSteps(_ block: Int, in node: Int) -> Bool {
        switch document.blocks[block].kind {
        case .list(let list):
            let inside = descendants(of: block)
            if inside.contains(where: { taskOfBlock[$0] != nil }) { return true }
            let hasFence = inside.contains { isCommandFence($0) }
            if hasFence { return true }
            // Numbers alone make steps in a checklist only, not in any text about a deployment.
            return list.isOrdered && !tasks.isEmpty && isExecution(node)
        case .blockQuote:
            return descendants(of: block).contains { taskOfBlock[$0] != nil }
        case .table: return itemTables[block] != nil
        case .paragraph: return isDecision(block)
        default: return false
        }
    }

    /// Whether the headings say that something is carried out here.
    private func isExecution(_ node: Int) -> Bool {
        var current: Int? = node
        while let index = current, index != titleNode, nodes[index].level > 0 {
            let title = nodes[index].title
            let isNamed =
                Self.executionWords.occurInAnyCase(in: title)
                && title.words(of: [.letters, .numbers]).contains {
                    Self.executionWords.begin($0)
                }
            if isNamed || isStep(title) { return true }
            current = nodes[index].parent
        }
        return false
    }

    private static let executionWords: PhraseList = [
        "deploy", "rollout", "migrat", "cutover", "procedure", "verification",
        "monitoring", "implant", "desplieg", "déploi", "ausroll", "部署", "デプロイ",
    ]

    /// A block and the blocks inside it, in order.
    func whole(_ block: Int) -> Range<Int> {
        block..<ends[block]
    }

    /// The blocks inside a block, in order.
    func descendants(of block: Int) -> Range<Int> {
        block + 1..<ends[block]
    }

    private mutating func readPhase(_ node: Int, isAlone: Bool) {
        let heading = nodes[node].level == 0 ? title : nodes[node].title
        // What is declared below the title is about the page.
        let isTitle = isAlone && nodes[node].level <= 1
        let declaration = isTitle ? nil : nodes[node].declaration
        if !isTitle { _ = used("id", of: node) }
        let id = PhaseID(name(declaration, heading, in: \.phaseNames))
        var parts: [Int] = isAlone ? [node] : sectionNodes(of: node)
        let isCriteria = nodes[node].purpose == .criteria
        let windowed = parts.filter { $0 != node && nodes[$0].window != nil }
        var isFollowUp = isCriteria || Words.isFollowUp(heading)
        if !isFollowUp, !windowed.isEmpty, windowed.count == parts.count { isFollowUp = true }
        let apart = isFollowUp ? [] : windowed
        let isApart = Set(apart)
        parts.removeAll { isApart.contains($0) }
        if isFollowUp { addWindow(node, heading) }
        append(
            id: id,
            heading,
            node,
            parts,
            declaration: declaration,
            isFollowUp: isFollowUp,
            isTitle: isTitle
        )
        var done: Set<Int> = []
        for section in apart where done.insert(section).inserted {
            let title = nodes[section].title
            let declaration = nodes[section].declaration
            _ = used("id", of: section)
            let id = PhaseID(name(declaration, title, in: \.phaseNames))
            append(id: id, title, section, [section], declaration: declaration, isFollowUp: true)
        }
    }

    private mutating func append(
        id: PhaseID,
        _ heading: String,
        _ node: Int,
        _ parts: [Int],
        declaration: Declaration?,
        isFollowUp: Bool,
        isTitle: Bool = false
    ) {
        let declaredScope = declaration?.list("environment") ?? []
        var scope = declaredScope.isEmpty ? Words.scope(ofHeading: heading) : declaredScope
        if !declaredScope.isEmpty {
            hasDeclaredScope = true
            _ = used("environment", of: node)
        } else if !scope.isEmpty {
            hasInferredScope = true
        } else {
            scope = pageScope
        }
        var sections: [Section] = []
        for part in parts {
            let isOwn = part == node
            let section = readSection(part, phase: heading, isOwn: isOwn, isFollowUp: isFollowUp)
            if isFollowUp, !isOwn { addWindow(part, nodes[part].title) }
            if !section.items.isEmpty { sections.append(section) }
        }
        if isFollowUp, parts == [node] { addWindow(node, heading) }
        guard !sections.isEmpty else { return }
        lineOfPhase[id] = nodes[node].line
        if !isTitle { noteHeading(node, id: id.text, scope: scope, isPhase: true) }
        let conditions = isTitle ? [] : self.conditions(of: node, phase: id)
        let own = isTitle ? nil : used("concurrency", of: node).flatMap { _ in declaration }
        let concurrency =
            (own ?? usedOfPage("concurrency")?.declaration)?
            .value("concurrency", expected: "a number from 1", faults: &faults) {
                Int($0).flatMap { $0 >= 1 ? $0 : nil }
            } ?? 1
        phases.append(
            Phase(
                id: id,
                title: heading,
                scope: scope,
                conditions: conditions,
                concurrency: concurrency,
                isFollowUp: isFollowUp,
                risk: Words.level(in: heading, of: "risk"),
                timing: timing(of: node) ?? Words.offset(in: heading),
                hooks: isTitle ? [] : hooks(ofHeading: node),
                sections: sections
            )
        )
    }

    private mutating func hooks(ofHeading node: Int) -> [String] {
        guard used("hook", of: node) != nil else { return [] }
        return nodes[node].declaration?.list("hook") ?? []
    }

    /// What a phase waits for. Below a heading with sign-offs the key names the gate that they guard.
    private mutating func conditions(of node: Int, phase: PhaseID) -> [GateCondition] {
        guard let declaration = nodes[node].declaration,
            let gate = declaration.values["gate"],
            gate.contains("(") || nodes[node].purpose != .signOff
        else { return [] }
        _ = used("gate", of: node)
        phaseGateNodes.insert(node)
        let declared = declaration.gate(.phase(phase), faults: &faults)
        if let policy = declared.policy { gatePolicies.append(policy) }
        return declared.conditions
    }

    /// The nodes below a phase that hold items themselves, the phase's own first.
    private func sectionNodes(of node: Int) -> [Int] {
        var result = ownItemBlocks(of: node).isEmpty ? [] : [node]
        for child in nodes[node].children where hasItems(child) {
            result += sectionNodes(of: child)
        }
        return result
    }

    /// The name of a part: the declared one, or one by its title.
    mutating func name(
        _ declaration: Declaration?,
        _ title: String,
        in names: WritableKeyPath<ChecklistReader, Naming>
    ) -> String {
        guard let declared = declaration?.values["id"], !declared.isEmpty else {
            return self[keyPath: names].name(Naming.slug(title))
        }
        if !self[keyPath: names].claim(declared) {
            fault("the id '\(declared)' is taken already", line: declaration?.line ?? 1)
        }
        return declared
    }

    private mutating func readSection(
        _ node: Int,
        phase: String,
        isOwn: Bool,
        isFollowUp: Bool
    ) -> Section {
        let title = isOwn ? phase : nodes[node].title
        let declaration = isOwn ? nil : nodes[node].declaration
        if !isOwn { for key in ["id", "environment"] { _ = used(key, of: node) } }
        let id = SectionID(name(declaration, title, in: \.sectionNames))
        let context = ItemContext(
            node: node,
            prefix: Naming.slug(title) + "/",
            isCriteria: nodes[node].purpose == .criteria,
            isFollowUp: isFollowUp
        )
        var items: [Item] = []
        for block in ownItemBlocks(of: node) {
            switch document.blocks[block].kind {
            case .fencedCode, .indentedCode:
                items.append(readFenceItem(block, title: title, isFirst: items.isEmpty, context))
            case .table: items += readRows(block, context)
            case .paragraph: items += readDecisions(block, context)
            default: readItems(block, context, into: &items)
            }
        }
        let declaredScope = declaration?.list("environment") ?? []
        let scope =
            isOwn ? [] : declaredScope.isEmpty ? Words.scope(ofHeading: title) : declaredScope
        if !declaredScope.isEmpty {
            hasDeclaredScope = true
        } else if !scope.isEmpty {
            hasInferredScope = true
        }
        if !isOwn { noteHeading(node, id: id.text, scope: scope) }
        // A section is told of through its items; a phase has a gate of its own.
        let hooks = isOwn ? [] : hooks(ofHeading: node)
        for index in items.indices { items[index].hooks += hooks }
        return Section(
            id: id,
            title: isOwn ? "" : title,
            scope: scope,
            requirement: isOwn ? .required : Words.requirement(of: title),
            items: items
        )
    }

    /// `**Timing:** …` right under a heading.
    private mutating func timing(of node: Int) -> String? {
        for block in nodes[node].blocks {
            guard case .paragraph = document.blocks[block].kind else { continue }
            for line in document.lines(of: block)
            where document.source[line.range].contains(UInt8(ascii: ":")) {
                let text = plain(line.range)
                guard Self.timings.begin(text) else { continue }
                for word in ["Timing:", "When:", "Window:"] where text.hasPrefix(word) {
                    let value = text.dropFirst(word.count).trimmed
                    guard !value.isEmpty else { continue }
                    understood.insert(block)
                    return value
                }
            }
        }
        return nil
    }

    private static let timings: PhraseList = ["Timing:", "When:", "Window:"]

    private mutating func addWindow(_ node: Int, _ title: String) {
        guard let span = Words.window(in: title), !windowTitles.contains(title) else { return }
        let asked = cadences ?? cadencesByHeading()
        cadences = asked
        let cadence = asked[title] ?? Words.cadence(in: title) ?? Self.cadence(of: span)
        let id = Identifier<MonitoringWindow>(windowNames.name(Naming.slug(title)))
        let isWithin = cadence.map { $0 <= span.length } ?? true
        // A title with a span of nothing is prose.
        if let window = try? MonitoringWindow(
            id: id,
            title: title,
            startAfter: span.start,
            duration: span.length,
            cadence: isWithin ? cadence : nil
        ) {
            windows.append(window)
            windowTitles.insert(title)
        }
    }

    /// The first cadence that a task below a heading names, by the heading as it stands there and
    /// without its status.
    private func cadencesByHeading() -> [String: Duration] {
        var result: [String: Duration] = [:]
        for task in tasks {
            guard let heading = task.headingPath.last, let cadence = Words.cadence(in: task.text)
            else { continue }
            for title in [heading, Words.withoutStatus(heading)] where result[title] == nil {
                result[title] = cadence
            }
        }
        return result
    }

    // The customary rhythm: once in the first minutes, then by the hour, the day and the week.
    private static func cadence(of span: (start: Duration, length: Duration)) -> Duration? {
        let end = span.start + span.length
        if end <= .hours(1) { return nil }
        if end <= .hours(24) { return .hours(1) }
        return end <= .days(7) ? .days(1) : .days(7)
    }
}
