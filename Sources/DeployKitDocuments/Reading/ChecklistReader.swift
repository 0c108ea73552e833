// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads a checklist out of the blocks of a document.
struct ChecklistReader {
    let document: MarkdownDocument
    /// The text of each paragraph and heading; several rules look at the same one.
    private let inlines: [MarkdownInlines]
    /// Where each block ends, as the index after the last block inside it.
    let ends: [Int]
    /// The code blocks.
    let codes: [Int: CodeText]
    /// Whether the document is about going back, not about a deployment.
    var isRollbackAsAWhole = false
    /// The only heading of level 1, which is the title and divides nothing.
    var titleNode: Int?
    var nodes: [DocumentNode] = [DocumentNode(level: 0, title: "", line: 1)]
    /// The tables by their blocks.
    var tables: [Int: TableText] = [:]
    /// The tables whose rows are items.
    var itemTables: [Int: ItemTable] = [:]
    /// The tasks of sign-off sections that are done, not signed.
    var statementTasks: Set<Int> = []
    /// The blocks directly under each node that hold items, and whether there are any below it.
    var itemBlocks: [[Int]] = []
    var holdsItems: [Bool] = []
    /// The tasks, and which of them a block is.
    var tasks: [ChecklistDocument.Task] = []
    var taskOfBlock: [Int?]
    /// The paragraphs whose slots were read.
    var signedBlocks: Set<Int> = []
    /// The metric that a line states.
    var metricOfLine: [Int: MetricID] = [:]
    /// How many of the first metrics have an id that begins with one.
    var namesakes: [MetricID: (count: Int, seen: Int)] = [:]
    /// Where the first threshold of a line stands that is no zero in words.
    var boundOfLine: [Int: Int] = [:]
    /// The metrics whose warning was said as an alert.
    var alerted: Set<MetricID> = []
    /// The blocks that were understood.
    var understood: BlockSet
    /// What a page says that declares everything.
    var declared: Checklist?
    /// Where each comment begins whose declaration was read.
    var readDeclarations: Set<Int> = []

    var blanks: [ChecklistDocument.Blank] = []
    /// Where each of them begins.
    var takenBlanks: Set<Int> = []
    /// The boxes of items that are no list items.
    var boxes: [ChecklistDocument.Box] = []
    var findings: [ChecklistDocument.Finding] = []
    var thresholds: [ChecklistDocument.ThresholdLine] = []
    var rollbackLines: [ChecklistDocument.RollbackLine] = []
    var signOffLines: [ChecklistDocument.SignOffLine] = []
    var contractLines: [ChecklistDocument.NamedLine] = []
    var variableLines: [ChecklistDocument.NamedLine] = []
    var stepLines: [ChecklistDocument.NamedLine] = []
    /// The items that a declaration speaks of.
    var declaredItems: Set<ItemID> = []
    var proseBlocks: [ChecklistDocument.Prose] = []
    var faults: [DocumentError.Fault] = []

    var phases: [Phase] = []
    var slots: [SignOffSlot] = []
    /// The gate that each slot has by its heading; the first phase with an effect is known last.
    var slotGates: [SlotGate] = []
    var levels: [RollbackLevel] = []
    var triggers: [RollbackTrigger] = []
    /// What steps say that they undo, and the triggers that are declared, each with its line.
    var rollbackNames: (items: [(ItemID, Int)], triggers: [(RollbackTrigger, Int)]) = ([], [])
    var planVerification: [RollbackStep] = []
    var metrics: [SuccessMetric] = []
    var positionOfMetric: [MetricID: Int] = [:]
    var windows: [MonitoringWindow] = []
    var (suites, hooks): ([SmokeSuite], [String]) = ([], [])
    var contracts: [ContractSlot] = []
    var variables: [Variable] = []
    var fields: [Field] = []
    var references: [ReferenceCommand] = []
    var contacts: [Contact] = []
    var indexOfContract: [String: Int] = [:]
    var indexOfVariable: [String: Int] = [:]
    var gatePolicies: [GatePolicy] = []
    var windowTitles: Set<String> = []
    /// How often the tasks below a heading ask to look, by the heading; read when a window is met.
    var cadences: [String: Duration]?

    var phaseNames = Naming()
    var sectionNames = Naming()
    var itemNames = Naming()
    var slotNames = Naming()
    var levelNames = Naming()
    var triggerNames = Naming()
    var fieldNames = Naming()
    var windowNames = Naming()
    /// Where each item stands, for faults and findings.
    var lineOfItem: [(id: ItemID, line: Int)] = []
    var lineOfPhase: [PhaseID: Int] = [:]
    /// What was inferred and could be declared, and where; noted where somebody asks for it.
    var sites: [Site] = []
    let notesSites: Bool
    /// The heading that each place for a signature stands under.
    var nodeOfSlot: [SignOffSlotID: Int] = [:]
    /// The headings whose `gate` says what a phase waits for.
    var phaseGateNodes: Set<Int> = []
    var hasDeclaredScope = false
    var hasInferredScope = false
    /// Whether an item says itself what it does to the world.
    var hasDeclaredEffect = false
    /// The environments that the page as a whole declares.
    var pageScope: [String] = []
    /// Whether an item says itself what it comes after.
    var hasDeclaredSuccessor = false
    /// The form of contract IDs, by what the document speaks of.
    private(set) lazy var family = Self.family(of: document)

    /// When a slot is signed.
    enum SlotGate {
        case completion
        case closure
        case firstEffect
        /// The same, declared: it must be known.
        case beforeDeploy
        case declared(GateID)
    }

    init(_ document: MarkdownDocument, notingSites notesSites: Bool) {
        self.document = document
        self.notesSites = notesSites
        inlines = document.allInlines()
        var ends = Array(document.blocks.indices)
        for index in ends.indices.reversed() {
            ends[index] = document.blocks[index].lastChild.map { ends[$0] } ?? index + 1
        }
        self.ends = ends
        codes = CodeText.all(of: document)
        taskOfBlock = Array(repeating: nil, count: document.blocks.count)
        understood = BlockSet(of: document)
    }

    /// The text and spans of a paragraph or heading; empty for any other block.
    func inlines(of block: Int) -> MarkdownInlines { inlines[block] }

    mutating func read() {
        if isDeclaredPage() { return readDeclaredPage() }
        readTasks()
        readNodes()
        let titles = nodes.indices.filter { nodes[$0].level == 1 }
        titleNode = titles.count == 1 ? titles.first : nil
        readHeader()
        assignPurposes()
        tables = tableTexts()
        readThresholds()
        readDeclaredMetrics()
        readSuites()
        itemNames.reserveCapacity(tasks.count + document.rows.count)
        readPhases()
        resolveSuccessors()
        refuseIdleSuites()
        for node in nodes.indices { readNode(node) }
        for node in nodes.indices where isTopmost(node, of: .rollback) { readRollback(node) }
        for node in nodes.indices where nodes[node].purpose == .procedure { readRecoveries(node) }
        refuseUnknownReferences()
        resolveGates()
        readVariables()
        refuseLostDeclarations()
        lint()
        collectProse()
    }

    /// What was understood as one value.
    var checklist: Checklist {
        if let declared { return declared }
        let header = FrontMatter(document)
        return Checklist(
            title: title,
            edition: header.edition,
            service: header.service,
            infersScopes: hasInferredScope && !hasDeclaredScope,
            phases: phases,
            signOffSlots: slots,
            rollbackPlan: levels.isEmpty && triggers.isEmpty && planVerification.isEmpty
                ? nil
                : RollbackPlan(levels: levels, triggers: triggers, verification: planVerification),
            metrics: metrics,
            windows: windows,
            gatePolicies: gatePolicies,
            suites: suites,
            contractSlots: contracts,
            variables: variables,
            fields: fields,
            references: references,
            contacts: contacts,
            hooks: hooks
        )
    }

    /// The first heading of level 1, else the first heading, else nothing.
    var title: String {
        let headings = nodes.filter { (1...6).contains($0.level) }
        return (headings.first { $0.level == 1 } ?? headings.first)?.title ?? "Checklist"
    }

    /// A front matter of a later version is refused.
    private mutating func readHeader() {
        let header = FrontMatter.values(document)
        guard let version = header.values["deploykit"], version != "1" else { return }
        fault(
            "the declared grammar has version '\(version)'; this reader knows version 1",
            line: header.lines["deploykit"] ?? 1
        )
    }

    mutating func fault(_ message: String, line: Int) {
        faults.append(.init(message: message, line: line))
    }
}

// MARK: Tasks and headings

extension ChecklistReader {
    mutating func readTasks() {
        var path: [(level: Int, text: String)] = []
        var titles: [String] = []
        var depths = Array(repeating: (items: 0, tasks: 0), count: document.blocks.count)
        for (index, block) in document.blocks.enumerated() {
            if let parent = block.parent { depths[index] = depths[parent] }
            switch block.kind {
            case .heading(let level) where block.parent == 0:
                path.removeAll { $0.level >= level }
                path.append((level, inlines(of: index).text))
                titles = path.map(\.text)
            case .item(let task):
                depths[index].items += 1
                guard let task else { continue }
                depths[index].tasks += 1
                let text = block.firstChild.map { inlines(of: $0).text } ?? ""
                taskOfBlock[index] = tasks.count
                tasks.append(
                    ChecklistDocument.Task(
                        line: block.firstLine,
                        isChecked: task.isChecked,
                        depth: depths[index].items,
                        taskDepth: depths[index].tasks,
                        text: text,
                        headingPath: titles,
                        kind: "manual",
                        isDeclared: false,
                        box: task.box,
                        extraBox: task.extraBox
                    )
                )
            default: break
            }
        }
    }

    private mutating func readNodes() {
        var current = 0
        for block in document.children(of: 0) {
            let level: Int
            var title = ""
            switch document.blocks[block].kind {
            case .heading(let number):
                level = number
                title = Words.withoutStatus(withoutComments(inlines(of: block)))
                if let declared = inlineDeclaration(of: block) {
                    openNode(&current, level, title, block)
                    nodes[current].declaration = declared
                    continue
                }
            case .paragraph:
                guard let bold = boldHeading(block) else {
                    nodes[current].blocks.append(block)
                    continue
                }
                level = 7
                title = bold
            case .comment:
                readComment(block, in: current)
                continue
            case .frontMatter, .thematicBreak, .definitions:
                understood.insert(block)
                continue
            default:
                nodes[current].blocks.append(block)
                continue
            }
            openNode(&current, level, title, block)
        }
    }

    private mutating func openNode(
        _ current: inout Int,
        _ level: Int,
        _ title: String,
        _ block: Int
    ) {
        while nodes[current].level >= level, let parent = nodes[current].parent { current = parent }
        understood.insert(block)
        nodes.append(
            DocumentNode(
                level: level,
                title: title.isEmpty ? "Untitled" : title,
                line: document.blocks[block].firstLine,
                heading: block,
                parent: current,
                window: Words.window(in: title)
            )
        )
        nodes[current].children.append(nodes.count - 1)
        current = nodes.count - 1
    }

    private mutating func readComment(_ block: Int, in node: Int) {
        understood.insert(block)
        guard let declared = blockDeclaration(of: block) else { return }
        guard nodes[node].blocks.isEmpty else {
            return fault(
                "a declaration stands inside an item or right after a heading, not after other text",
                line: declared.line
            )
        }
        if nodes[node].declaration == nil {
            nodes[node].declaration = declared
        } else {
            nodes[node].declaration?.add(declared, faults: &faults)
        }
    }

    private mutating func assignPurposes() {
        let top = nodes.contains { $0.level == 2 } ? 2 : 1
        let whole = titleNode.map { nodes[$0].title.lowercased() } ?? ""
        // A "rollback checklist" is a list to be ticked like any other.
        isRollbackAsAWhole =
            Purpose(heading: whole, isTop: true) == .rollback
            && !["deploy", "release", "checklist"].contains { whole.holds($0) }
        for index in nodes.indices.dropFirst() {
            let node = nodes[index]
            let above = node.parent.map { nodes[$0].purpose } ?? .run
            let isTitle = index == titleNode
            guard above == .run, !isTitle else {
                let own = Purpose(heading: node.title, isTop: false)
                let isOwn =
                    above == .reference && own == .contacts
                    || above == .procedure && own == .rollback
                nodes[index].purpose = isOwn ? own ?? above : above
                continue
            }
            var own = Purpose(heading: node.title, isTop: node.level <= top)
            if node.declaration?.values["kind"] == "manual" {
                _ = used("kind", of: index)
                nodes[index].purpose = .run
                continue
            }
            if own == .reference, node.children.contains(where: { isStep(nodes[$0].title) }) {
                own = nil
            }
            // Below a heading that was declared to be of a run everything else is, too.
            let isOuter = node.parent.map { $0 == 0 || $0 == titleNode } ?? true
            nodes[index].purpose = own ?? (isRollbackAsAWhole && isOuter ? .rollback : .run)
        }
    }

    /// Whether a heading is one of several in order: "Phase 2: …", "Step 1", "3. …".
    func isStep(_ title: String) -> Bool {
        if Self.stepTitles.beginInAnyCase(title) { return true }
        // A number of one kind or another.
        guard title.utf8.contains(where: { (0x30...0x39).contains($0) || $0 >= 0x80 }) else {
            return false
        }
        let words = title.words(of: [.letters, .numbers])
        if let first = words.first, Int(first) != nil, title.holds(".") { return true }
        return ["phase", "step", "stage", "fase", "etapa", "étape", "schritt"].contains(
            words.first ?? ""
        )
            && words.count > 1 && words[1].first?.isNumber == true
    }

    private static let stepTitles: PhraseList = ["deployment steps", "deploy steps"]

    /// Whether a node has this purpose and the one above has not.
    func isTopmost(_ node: Int, of purpose: Purpose) -> Bool {
        nodes[node].purpose == purpose && nodes[node].parent.map { nodes[$0].purpose } != purpose
    }
}
