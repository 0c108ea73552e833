// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A Markdown document, and the checklist that was understood from it.
///
/// Headings make phases and sections, task items make items, a fence below an item is a command to
/// offer; rollback, metric and sign-off sections become their typed values. What is declared, in
/// front matter or in a comment `<!-- deploykit: key=value key="two words" -->`, wins over what is
/// inferred. Ticks and filled blanks are no part of the ``checklist``, and so not of its hash.
///
/// Grammar version 1: what may be declared where.
///
/// | Place | Keys |
/// |---|---|
/// | front matter, with `deploykit: 1` | `service` `edition`; `inference: none` |
/// | below the title, or above every heading | `environment` `concurrency` of phases; `hook` names the hooks that are told of everything; `gate` `moment` `assurance` of signatures |
/// | below the heading of a phase | `id` `environment` `gate` `concurrency` `hook` |
/// | below the heading of a section | `id` `environment` `hook` |
/// | below the heading above a smoke suite | `suite`, and of it `minimum` `timeout` `identity` `credential` `rotate` |
/// | below any heading | `kind=manual`: tasks below it are items, whatever it says |
/// | below a heading above signatures | `gate` `moment` `assurance`; `gate="deadline(2d)"` is about the gate that they open |
/// | below the heading of a rollback level | `id`; where one fence is all that is done, `kind=command` and what else is said of a step |
/// | in a step of the rollback | `kind` `when` `compensates` `verification`; `effect` `timeout` `secrets` `inherit` `cwd` `shell` with a command or service, `timeout` with a probe |
/// | in an item | `id` `kind` `effect` `timeout` `after` `environment` `when` `secrets` `inherit` `cwd` `evidence` `suite` `waivable` `cleanup` `check` `hook`; `attempts` `delay` with what runs; `shell` with a command, `output` `from` with one that leaves a value, `expect` `header` `within` `redirects` `ca` with a request, `capture` `network` with a capture, `metric` with a metric |
/// | in a trigger of the rollback | `id` `metric` `suite` `level` `trigger` |
/// | in a line for a signature | `id` `gate` `moment` `assurance` |
/// | in a line `Label: ____` | `field` |
///
/// Addresses, headers, bodies and what `expect` compares with may name variables as `$NAME` or
/// `${NAME}`; the deployment's own are `DEPLOYKIT_VERSION`, `DEPLOYKIT_ENVIRONMENT`,
/// `DEPLOYKIT_SERVICE` and `DEPLOYKIT_DEPLOYMENT`. `moment` is `before-deploy`, `completion` or `review`. Anywhere else a key is refused with its
/// line. A blank that is filled in by hand is only known to be one where it is declared (`field`, or
/// `id` of a signature), stands in a section about signatures, or has a label such as "Deployed by":
/// any other `Label: value` is prose, and part of no definition. Later versions may add keys.
///
/// A page with `inference: none` declares everything; ``ChecklistPage`` writes one. Its headings and
/// list items say with `kind` what they are (`phase` `section` `level` `rollback` `reference`; the
/// kinds of items; `slot` `field` `contract` `step` `verification` `trigger`), `json={…}` has the
/// members that no key is for, and fences of the language `deploykit` hold JSON.
public struct ChecklistDocument: Sendable {
    /// The most bytes that a source may have: 16 MiB.
    public static let largestSource = 16 << 20
    /// The most list items that may stand in one another.
    public static let deepestNesting = 32
    /// The keys that a declaration may have, grammar version 1.
    ///
    /// Where a key has no effect it is refused, with its line.
    public static let declaredKeys: Set<String> = Declaration.keys

    /// One task item of the document, whatever it was understood as.
    public struct Task: Hashable, Sendable {
        /// The item of the checklist; `nil` for a task that is no item of a run.
        public internal(set) var id: ItemID?
        /// The place for a signature that the task is.
        public internal(set) var slot: SignOffSlotID?
        /// The number of the line, from 1.
        public let line: Int
        /// Whether the box is ticked; of a doubled box, the first.
        public let isChecked: Bool
        /// How many list items enclose it, plus 1.
        public let depth: Int
        /// How many task items enclose it, plus 1.
        public let taskDepth: Int
        /// Its text content as GFM gives it, without the second of two boxes.
        public let text: String
        /// The headings above it, outermost first.
        public let headingPath: [String]
        /// The word for what it is: the kind of its item, or `sign-off`, `rollback`, `metric`,
        /// `procedure` or `reference`.
        public internal(set) var kind: String
        /// Whether a declaration says what it is.
        public internal(set) var isDeclared: Bool
        let box: Int
        let extraBox: Int?

        /// The byte offset of the character inside each box, one or two.
        public var boxes: [Int] { extraBox.map { [box, $0] } ?? [box] }
        /// The same of the last one.
        var lastBox: Int { extraBox ?? box }
    }

    /// A place to fill in.
    public struct Blank: Hashable, Sendable {
        /// What belongs there.
        @nonexhaustive
        public enum Target: Hashable, Sendable {
            /// Who signed.
            case signOffName(SignOffSlotID)
            /// When it was signed.
            case signOffDate(SignOffSlotID)
            /// The signature itself.
            case signOffSignature(SignOffSlotID)
            /// What the deployment says about itself.
            case field(FieldID)
            /// The ID of a contract.
            case contract(ContractSlot.Name)
            /// Who did an item or saw to it.
            case itemActor(ItemID)
            /// When an item was done.
            case itemDate(ItemID)
            /// What was measured last.
            case measurement(MetricID)
        }

        /// What belongs there.
        public let target: Target
        /// The bytes to replace; empty in an empty cell of a table.
        public let range: Range<Int>
        /// The number of the line, from 1.
        public let line: Int
        /// The metric that the line of a field states: what was measured last belongs there where
        /// nobody gave the field a value.
        public internal(set) var metric: MetricID?
    }

    /// A box that is no task item's: in a row of a table, or of a choice such as
    /// "Decision: [ ] GO / [ ] NO-GO".
    public struct Box: Hashable, Sendable {
        /// What a tick in a box says.
        @nonexhaustive
        public enum Target: Hashable, Sendable {
            /// How an item ended: of `choices` boxes side by side the first says that it passed, and
            /// the second of two that it failed. `choice` counts from 0.
            case item(ItemID, choice: Int, choices: Int)
            /// That a field has this value.
            case field(FieldID, value: String)
        }

        /// What a tick says.
        public let target: Target
        /// The bytes to replace: the one between brackets, or a character such as `☐` with the
        /// generated comment after it.
        public let range: Range<Int>
        /// Whether it is ticked.
        public let isChecked: Bool
        /// The number of the line, from 1.
        public let line: Int

        init(_ target: Target, _ box: MarkdownBox, line: Int) {
            self.target = target
            range = box.range
            isChecked = box.isChecked
            self.line = line
        }
    }

    /// Something that prose hides and that the rules object to.
    public struct Finding: Hashable, Sendable {
        /// How bad it is.
        public typealias Severity = LintRule.Severity

        /// The stable name of the rule.
        public let rule: String
        /// How bad it is.
        public let severity: Severity
        /// The number of the line, from 1.
        public let line: Int
        /// What was found.
        public let message: String

        init(_ rule: LintRule, line: Int, _ message: String) {
            self.rule = rule.name
            severity = rule.severity
            self.line = line
            self.message = message
        }

        private init(_ finding: Self, line: Int) {
            rule = finding.rule
            severity = finding.severity
            self.line = line
            message = finding.message
        }

        /// The same finding, counted in lines of a part of the document.
        func lifted(by offset: Int) -> Self { Self(self, line: line - offset) }
    }

    /// A threshold and where it stands.
    public struct ThresholdLine: Hashable, Sendable {
        /// The number of the line, from 1.
        public let line: Int
        /// What it says.
        public let phrase: ThresholdPhrase
    }

    /// A way to go back and where it stands.
    public struct RollbackLine: Hashable, Sendable {
        /// The number of the line, from 1.
        public let line: Int
        /// The level; `nil` for the triggers and the verification of the plan as a whole.
        public let id: RollbackLevelID?
        /// The heading.
        public let title: String
        /// The lines of its steps; a fence that is one step as a whole has the line of the fence.
        public internal(set) var steps: [Int]
        /// The lines of what shows that it has worked.
        public internal(set) var verification: [Int]
        /// The lines of triggers.
        public internal(set) var triggers: [Int]
    }

    /// A place for a signature and where it stands.
    public struct SignOffLine: Hashable, Sendable {
        /// The number of the line, from 1.
        public let line: Int
        /// The slot.
        public let id: SignOffSlotID
    }

    /// A named part and where it stands.
    public struct NamedLine: Hashable, Sendable {
        /// The number of the line, from 1.
        public let line: Int
        /// The name of the variable, field, contract or item.
        public let name: String
    }

    /// A block of code and what it is there for.
    public struct CodeLine: Hashable, Sendable {
        /// The number of the line that opens it, from 1.
        public let line: Int
        /// Its language in lower case; empty where none is given.
        public let language: String
        /// What it is there for.
        public let use: CodeUse
        /// Whether one of its commands destroys what running another cannot bring back.
        public let isDestructive: Bool
    }

    /// A block that stayed prose.
    public struct Prose: Hashable, Sendable {
        /// The number of its first line, from 1.
        public let line: Int
        /// The beginning of its text, 80 characters at the most.
        public let text: String
    }

    /// What was understood.
    public let checklist: Checklist
    /// Every task item of the document in its order, also those that are no items of a run.
    public let tasks: [Task]
    /// Every place to fill in, in the order of the document.
    public let blanks: [Blank]
    /// Every box that is no task item's, in the order of the document.
    public let boxes: [Box]
    /// What the rules object to, by line.
    public let findings: [Finding]
    /// Every threshold of the prose, by line.
    public let thresholds: [ThresholdLine]
    /// The rollback plan's parts, by line.
    public let rollbackLines: [RollbackLine]
    /// The places for signatures, by line.
    public let signOffLines: [SignOffLine]
    /// The contracts, by line.
    public let contractLines: [NamedLine]
    /// The variables, by line.
    public let variableLines: [NamedLine]
    /// Items that are no tasks of the document: numbered steps and fences, by line.
    public let stepLines: [NamedLine]
    /// The items that a declaration speaks of, tasks and others.
    public let declaredItems: Set<ItemID>
    /// The blocks of code, by line.
    public let codeLines: [CodeLine]
    /// What stayed prose, by line.
    public let proseBlocks: [Prose]

    /// Reads a document.
    ///
    /// - Throws: ``DocumentError`` when the bytes are no document within the limits, or with all
    ///   faults of its declarations.
    public init(markdown bytes: [UInt8]) throws(DocumentError) {
        let reader = try Self.reader(of: bytes)
        checklist = reader.checklist
        tasks = reader.tasks
        blanks = reader.measuredBlanks.sorted { $0.range.lowerBound < $1.range.lowerBound }
        boxes = reader.boxes.sorted { $0.range.lowerBound < $1.range.lowerBound }
        findings = reader.findings.sorted { ($0.line, $0.rule) < ($1.line, $1.rule) }
        thresholds = reader.thresholds.sorted { $0.line < $1.line }
        rollbackLines = reader.rollbackLines
        signOffLines = reader.signOffLines
        contractLines = reader.contractLines
        variableLines = reader.variableLines
        stepLines = reader.stepLines
        declaredItems = reader.declaredItems
        codeLines = reader.codeLines
        proseBlocks = reader.proseBlocks
    }

    /// A reader that has read a document.
    static func reader(
        of bytes: [UInt8],
        notingSites: Bool = false
    ) throws(DocumentError) -> ChecklistReader {
        try check(bytes)
        let markdown = MarkdownDocument(bytes)
        try checkNesting(of: markdown)
        var reader = ChecklistReader(markdown, notingSites: notingSites)
        reader.read()
        guard reader.faults.isEmpty else {
            throw DocumentError(.declaration, reader.faults.sorted { $0.line < $1.line })
        }
        return reader
    }

    private static func check(_ bytes: [UInt8]) throws(DocumentError) {
        guard bytes.count <= largestSource else {
            throw DocumentError(
                .tooLarge,
                "the source has \(bytes.count) bytes; at most \(largestSource) are read",
                line: 1
            )
        }
        if String(validating: bytes, as: UTF8.self) == nil {
            let offset = firstInvalidByte(in: bytes)
            let line = 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
            throw DocumentError(.notUTF8, "the byte at offset \(offset) is no UTF-8", line: line)
        }
        if let offset = bytes.firstIndex(of: 0) {
            // A definition is JSON too, whose texts hold none.
            let line = 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
            throw DocumentError(
                .notUTF8,
                "the byte at offset \(offset) is U+0000, which is no text",
                line: line
            )
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard text.contains(where: { $0 > 0x20 }) else {
            throw DocumentError(.empty, "the source holds no text", line: 1)
        }
    }

    private static func firstInvalidByte(in bytes: [UInt8]) -> Int {
        var codec = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = codec.decode(&iterator) {
            offset += String(scalar).utf8.count
        }
        return min(offset, bytes.count)
    }

    private static func checkNesting(of markdown: MarkdownDocument) throws(DocumentError) {
        var depths = Array(repeating: 0, count: markdown.blocks.count)
        for (index, block) in markdown.blocks.enumerated() {
            depths[index] = block.parent.map { depths[$0] } ?? 0
            guard case .item = block.kind else { continue }
            depths[index] += 1
            guard depths[index] <= deepestNesting else {
                throw DocumentError(
                    .tooDeep,
                    "list items are nested deeper than the limit of \(deepestNesting)",
                    line: block.firstLine
                )
            }
        }
    }
}
