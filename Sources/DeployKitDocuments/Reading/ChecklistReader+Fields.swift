// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// Reads what a node says besides its items: signatures, fields, contacts, commands to look up.
    mutating func readNode(_ node: Int) {
        if nodes[node].purpose == .signOff { readSignOffs(node) }
        for block in nodes[node].blocks {
            if case .table(let rows) = document.blocks[block].kind, nodes[node].purpose == .contacts
            {
                readContactTable(rows, block)
                continue
            }
            if nodes[node].purpose != .signOff, isSignOffTable(block) {
                nodes[node].purpose = .signOff
                readSignOffs(node)
                nodes[node].purpose = .run
                continue
            }
            if readPrompt(block, in: node) { continue }
            for inner in whole(block) {
                for line in formLines(of: inner) where !signedBlocks.contains(inner) {
                    readLine(line, in: node)
                }
            }
        }
        switch nodes[node].purpose {
        case .reference: readReference(node)
        case .procedure: mark(node, as: "procedure")
        case .metrics: mark(node, as: "metric")
        default: break
        }
    }

    /// One contact for each row: the first column says for what, the others how.
    private mutating func readContactTable(_ rows: Range<Int>, _ block: Int) {
        understood.insert(block)
        for row in rows.dropFirst() {
            let cells = cells(ofRow: row)
            guard let first = cells.first, !plain(first).isEmpty else { continue }
            let values = cells.dropFirst().filter { blankRuns(in: $0).isEmpty }.map { plain($0) }
                .filter { !$0.isEmpty }
            let value = values.joined(separator: ", ")
            contacts.append(Contact(title: plain(first), value: value.isEmpty ? nil : value))
        }
    }

    /// Says of the tasks of a node that are neither items nor signatures what they are.
    mutating func mark(_ node: Int, as kind: String) {
        for block in nodes[node].blocks {
            for inner in descendants(of: block) {
                guard let task = taskOfBlock[inner], tasks[task].id == nil, tasks[task].slot == nil
                else { continue }
                tasks[task].kind = kind
                if kind == "metric", metricOfLine[tasks[task].line] == nil {
                    let title = document.blocks[inner].firstChild.flatMap { definedInlines(of: $0) }
                    addInformational(title?.text ?? tasks[task].text, line: tasks[task].line)
                }
            }
        }
    }

    private mutating func readLine(_ line: FormLine, in node: Int) {
        if isSlot(line, in: node) { return addSlot(line, in: node) }
        // A line of a block of lines for one signature.
        if let blank = line.blanks.first, takenBlanks.contains(blank.lowerBound) { return }
        let isOpen = !line.blanks.isEmpty
        if nodes[node].purpose == .contacts, line.isListed || !line.blanks.isEmpty {
            understood.insert(line.block)
            contacts.append(
                Contact(title: line.label, value: isOpen || line.value.isEmpty ? nil : line.value)
            )
        }
        let declaration = lineDeclaration(of: line.block, line: line.number, with: "field")
        let isRecord =
            declaration != nil || Self.isRecord(nodes[node].title)
            || line.isBold && Self.isRecord(line.label)
        let choices = lineChoices(line)
        guard
            declaration != nil || choices != nil && (line.isListed || !isDecision(line.block))
                || (isOpen || isRecord && line.task == nil && !line.value.isEmpty)
                    && (nodes[node].purpose != .signOff || isOpen)
        else { return }
        understood.insert(line.block)
        let range = line.blanks.first
        if declaration == nil, isContractLine(line, in: node) {
            let name = contractName(line.label)
            addContract(
                name,
                title: line.label,
                kind: ContractID.Kind(of: family),
                line: line.number,
                network: try? Network.named(line.label, family: family).id,
                isRequired: false
            )
            if let range {
                addBlank(
                    .init(
                        target: .contract(ContractSlot.Name(name)),
                        range: range,
                        line: line.number
                    )
                )
            }
            return
        }
        let isPart = !Words.scope(ofHeading: line.label).isEmpty
        let title = isPart ? "\(nodes[node].title): \(line.label)" : line.label
        let id = fieldID(title, declaration)
        if declaration == nil, let range, labelEnds(line, right: range) {
            sites.append(
                Site(place: .line(line.block, line.number), keys: [("field", id.text)])
            )
        }
        fields.append(
            Field(
                id: id,
                title: title,
                group: nodes[node].level == 0 ? nil : nodes[node].title,
                choices: choices ?? []
            )
        )
        if let choices { addChoiceBoxes(of: id, line, choices) }
        if let range {
            addBlank(
                .init(target: .field(id), range: range, line: line.number)
            )
        }
    }

    private mutating func fieldID(_ title: String, _ declaration: Declaration?) -> FieldID {
        guard let declared = declaration?.values["field"], !declared.isEmpty else {
            return FieldID(fieldNames.name(Naming.slug(title)))
        }
        if !fieldNames.claim(declared) {
            fault("the field '\(declared)' is declared twice", line: declaration?.line ?? 1)
        }
        return FieldID(declared)
    }

    /// Whether a blank stands right after the colon, so that the label is known without it.
    private func labelEnds(_ line: FormLine, right blank: Range<Int>) -> Bool {
        guard
            let colon = document.source[line.range].firstIndex(of: UInt8(ascii: ":")),
            colon < blank.lowerBound
        else { return false }
        return plain(colon + 1..<blank.lowerBound).isEmpty
    }

    /// Whether a heading or label is about what a deployment says of itself.
    private static func isRecord(_ title: String) -> Bool {
        recordTitles.occurInAnyCase(in: title)
    }

    private static let recordTitles: PhraseList = [
        "deployment date", "deployment summary", "deployment version", "deployed by",
        "deployment information", "deployment details", "deployment record", "release date",
        "deployment notes", "contract address", "deployed on", "deployment time", "executed by",
    ]

    private func isContractLine(_ line: FormLine, in node: Int) -> Bool {
        let text = (nodes[node].title + " " + line.label).lowercased()
        return text.holds("contract")
            && ["address", " id", "contract:"].contains(where: text.holds)
    }

    private func contractName(_ label: String) -> String {
        let base = Self.variableName(label)
        if !Words.scope(ofHeading: label).isEmpty { return "CONTRACT_ID_\(base)" }
        return base.hasSuffix("_ID") || base.hasSuffix("_ADDRESS") ? base : base + "_ID"
    }

    /// `BOOKING_CONTRACT` of "Booking Contract".
    static func variableName(_ title: String) -> String {
        let words = title.uppercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let name = words.joined(separator: "_")
        return name.first?.isLetter == true ? name : "CONTRACT_\(name)"
    }

    /// Adds a contract unless one of its name is there; a declared one replaces an inferred one.
    mutating func addContract(
        _ name: String,
        title: String,
        kind: ContractID.Kind,
        line: Int,
        network: Network.ID? = nil,
        isRequired: Bool = true,
        isDeclared: Bool = false
    ) {
        let known = indexOfContract[name]
        guard known == nil || isDeclared else { return }
        do {
            let slot = try ContractSlot(
                ContractSlot.Name(name),
                title: title,
                kind: kind,
                network: network,
                isRequired: isRequired
            )
            if let known {
                contracts[known] = slot
            } else {
                indexOfContract[name] = contracts.count
                contracts.append(slot)
                contractLines.append(.init(line: line, name: name))
            }
        } catch {
            if isDeclared { fault(error.message, line: line) }
        }
    }

    /// The contract of "Booking Contract → Save Contract ID", and those of a list of settings.
    mutating func readContracts(of parts: ItemParts, line: Int) {
        let title = parts.title
        guard Self.arrows.occur(in: title) else { return }
        for arrow in [" → ", " -> ", " => "] {
            guard let range = title.firstRange(of: arrow) else { continue }
            let rest = title[range.upperBound...].lowercased()
            guard
                rest.holds("contract id") || rest.holds("contract address")
                    || rest.holds("save id") || rest.holds("record address")
            else { continue }
            let contract = title[..<range.lowerBound].trimmed
            addContract(
                contractName(contract),
                title: contract,
                kind: ContractID.Kind(of: family),
                line: line
            )
        }
    }

    private static let arrows: PhraseList = ["→ ", "-> ", "=> "]

    private mutating func readReference(_ node: Int) {
        mark(node, as: "reference")
        var commands: [ItemCommand] = []
        for block in nodes[node].blocks {
            for inner in whole(block) {
                guard case .fencedCode = document.blocks[inner].kind else { continue }
                let shown = offers(ofFences: [inner])
                if !shown.isEmpty { understood.insert(inner) }
                commands += shown
            }
        }
        if !commands.isEmpty {
            references.append(ReferenceCommand(title: nodes[node].title, commands: commands))
        }
    }
}

// MARK: Variables

extension ChecklistReader {
    mutating func readVariables() {
        for (index, block) in document.blocks.enumerated() {
            switch block.kind {
            case .fencedCode, .indentedCode:
                guard isEnvironment(index) else { continue }
                understood.insert(index)
                for line in document.lines(of: index) {
                    let text = document.text(line.range).trimmed
                    guard let (name, value) = Self.assignment(text) else { continue }
                    if Self.isContractName(name) {
                        let title = name.split(separator: "_").dropLast().map {
                            $0.prefix(1) + $0.dropFirst().lowercased()
                        }.joined(separator: " ")
                        addContract(
                            name,
                            title: title,
                            kind: ContractID.Kind(of: family),
                            line: line.number
                        )
                    } else {
                        addVariable(name, value: value, line: line.number)
                    }
                }
            case .item:
                guard let task = taskOfBlock[index], let first = block.firstChild else { continue }
                readVariables(of: task, paragraph: first)
            default: break
            }
        }
    }

    private static func isContractName(_ name: String) -> Bool {
        ["_CONTRACT_ID", "_CONTRACT_ADDRESS", "_CONTRACT"].contains { name.hasSuffix($0) }
            || name == "CONTRACT_ID" || name == "CONTRACT_ADDRESS"
    }

    /// "Set `NAME=value`", "`NAME` set …", "32-character minimum … for `NAME`".
    private mutating func readVariables(of task: Int, paragraph: Int) {
        let inlines = inlines(of: paragraph)
        guard inlines.spans.contains(where: { $0.kind == .code }) else { return }
        let text = withoutComments(inlines).lowercased()
        var minimum: Int?
        if text.holds("-character") {
            // "32-character minimum" holds the word as well.
            let isBounded = text.holds("at least") || text.holds("minimum")
            for word in text.split(separator: " ")
            where isBounded && String(word).holds("-character") {
                minimum = Int(word.prefix { $0.isNumber })
            }
        }
        var standard: String?
        if text.holds("(default: "), let start = text.firstRange(of: "(default: ") {
            standard = String(text[start.upperBound...].prefix { $0 != ")" })
        }
        for span in inlines.spans where span.kind == .code {
            let code = span.text(in: inlines)
            let assigned = Self.assignment(code)
            let name = assigned?.name ?? code
            // Underscores alone are a blank.
            guard name.holds("_"), name.contains(where: \.isLetter),
                Self.assignment(name + "=") != nil, !Self.isContractName(name)
            else { continue }
            addVariable(
                name,
                value: assigned?.value ?? standard,
                minimum: minimum,
                line: tasks[task].line
            )
        }
    }

    private mutating func addVariable(
        _ name: String,
        value: String?,
        minimum: Int? = nil,
        line: Int
    ) {
        let words = Set(name.split(separator: "_").map(String.init))
        let isSecret =
            !words.isDisjoint(with: [
                "SECRET", "PASSWORD", "PASS", "TOKEN", "PRIVATE", "MNEMONIC", "CREDENTIALS", "SEED",
            ]) || name.hasSuffix("API_KEY") || name.hasSuffix("ACCESS_KEY")
        let isOpen = value.map { Placeholder.isPlaceholder($0) || $0.contains("<") } ?? true
        let known = isSecret || isOpen ? nil : value
        if let index = indexOfVariable[name] {
            let old = variables[index]
            variables[index] = Variable(
                name: name,
                defaultValue: old.defaultValue ?? known,
                minimumLength: old.minimumLength ?? minimum,
                isSecret: old.isSecret
            )
            return
        }
        indexOfVariable[name] = variables.count
        variables.append(
            Variable(name: name, defaultValue: known, minimumLength: minimum, isSecret: isSecret)
        )
        variableLines.append(.init(line: line, name: name))
    }
}
