// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Patches what a deployment knows into a document: ticks, names and dates of signatures, captured
/// contract IDs and filled fields. Nothing is rendered anew: every byte that carries no state stays
/// as it is, and what is written reads back as the same checklist.
///
/// - A box is ticked when its item passed, and blank otherwise. An item that is not meant for the
///   environment keeps the box that the document has, so that the runs of several environments
///   meet in one document.
/// - The box of a row of a table is ticked like that of a task. Of a decision the first choice is
///   ticked when its item passed, and the second of two when it failed.
/// - An item that was waived, or found not to apply by a person, stays blank with a comment
///   `<!-- deploykit:state … -->` at the end of its line, in a table after its box.
/// - A blank that the deployment has a value for is filled between two comments, which keep what
///   was there. Where a metric is stated that is what was measured last, in the unit that the page
///   writes behind the blank, unless a person gave the field a value; a measurement that has no
///   place in that unit is left out. One that it filled earlier and has no value for any more is emptied; one that
///   another deployment filled is left alone.
///
/// Tasks are found by the ids of their items, so that the document may have been reformatted since
/// the deployment began.
public struct WriteBack: Sendable {
    private let document: ChecklistDocument
    private let markdown: MarkdownDocument
    private let source: [UInt8]

    /// Write-back into a document.
    ///
    /// - Throws: ``DocumentError`` when the bytes cannot be read as a checklist.
    public init(into source: [UInt8]) throws(DocumentError) {
        document = try ChecklistDocument(markdown: source)
        markdown = MarkdownDocument(source)
        self.source = source
    }

    /// The hash of the checklist that the document is.
    public var hash: Digest { document.checklist.hash }

    /// Whether the document has a place for any item or signature of `deployment`.
    public func hasPlace(for deployment: Deployment) -> Bool {
        let items = Set(deployment.outline.entries.map(\.item.id))
        let slots = Set(deployment.checklist.signOffSlots.map(\.id))
        return document.tasks.contains { task in
            task.id.map(items.contains) == true || task.slot.map(slots.contains) == true
        } || document.stepLines.contains { items.contains(ItemID($0.name)) }
    }

    /// The metrics that the document has a place for what was measured of.
    public var measuredMetrics: Set<MetricID> { Set(document.blanks.compactMap(\.metric)) }

    /// The document with the state of `deployment` in it.
    ///
    /// - Parameters:
    ///   - deployment: The deployment.
    ///   - texts: The texts of its fields, by digest; a field whose text is absent, because it was
    ///     erased, is left as it is.
    ///   - facts: What else is known now: approvals that have lapsed are left out. Without it, every
    ///     approval is written down that was not withdrawn.
    ///   - measurements: What was measured last, by its metric.
    /// - Returns: The bytes; writing the same state again changes nothing.
    public func patched(
        with deployment: Deployment,
        texts: [Digest: String] = [:],
        given facts: Facts? = nil,
        measurements: [MetricID: Measurement] = [:]
    ) -> [UInt8] {
        let deployment = facts.map(deployment.withoutLapsedSignOffs) ?? deployment
        var patches: [Patch] = []
        for task in document.tasks { patches += self.patches(for: task, deployment) }
        for box in document.boxes { patches += self.patches(for: box, deployment, texts) }
        for blank in document.blanks {
            let value =
                value(for: blank.target, deployment, texts)
                ?? blank.metric.flatMap { measurements[$0] }.flatMap { measured in
                    MeasuredText(measured.outcome, before: lineAfter(blank))?.text
                }
            if let patch = patch(for: blank, value, deployment) { patches.append(patch) }
        }
        var result = source
        var end = source.count
        for patch in patches.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            precondition(patch.range.upperBound <= end, "two patches for one place")
            end = patch.range.lowerBound
            result.replaceSubrange(patch.range, with: patch.bytes)
        }
        return result
    }

    private struct Patch {
        var range: Range<Int>
        var bytes: [UInt8]
    }

    // MARK: Boxes

    private func patches(
        for task: ChecklistDocument.Task,
        _ deployment: Deployment
    ) -> [Patch] {
        var patches: [Patch] = []
        if let isTicked = isTicked(task, deployment) {
            for box in task.boxes {
                let isSet = source[box] == UInt8(ascii: "x") || source[box] == UInt8(ascii: "X")
                if isSet != isTicked, source[box] < 0x80 {
                    let mark = UInt8(ascii: isTicked ? "x" : " ")
                    patches.append(Patch(range: box..<box + 1, bytes: [mark]))
                }
            }
        }
        if let id = task.id, let progress = deployment.items[id],
            let patch = statePatch(in: text(ofLine: task.line), remark(for: progress))
        {
            patches.append(patch)
        }
        return patches
    }

    private func patches(
        for box: ChecklistDocument.Box,
        _ deployment: Deployment,
        _ texts: [Digest: String]
    ) -> [Patch] {
        var patches: [Patch] = []
        if let isTicked = isTicked(box, deployment, texts), isTicked != box.isChecked {
            let bytes = StateBox.bytes(ticked: isTicked, inPlaceOf: Array(source[box.range]))
            patches.append(Patch(range: box.range, bytes: bytes))
        }
        guard case .item(let item, 0, let choices) = box.target,
            let progress = deployment.items[item]
        else { return patches }
        // A comment behind the last cell of a row would be a cell of its own.
        let isBracketed = box.range.count == 1
        let end = box.range.upperBound + (isBracketed ? 1 : 0)
        let place =
            choices > 1
            ? text(ofLine: box.line)
            : end..<(endOfRemark(at: end, before: text(ofLine: box.line).upperBound) ?? end)
        if let patch = statePatch(in: place, remark(for: progress)) { patches.append(patch) }
        return patches
    }

    // `nil` leaves the box as it is.
    private func isTicked(
        _ box: ChecklistDocument.Box,
        _ deployment: Deployment,
        _ texts: [Digest: String]
    ) -> Bool? {
        switch box.target {
        case .item(let item, let choice, let choices):
            guard let isDone = isDone(item, deployment) else { return nil }
            if choice == 0 { return isDone }
            if case .failed? = deployment.items[item]?.state { return choices == 2 ? true : nil }
            return false
        case .field(let field, let value):
            // A tick is a value that another run or a person chose, until this one chooses.
            return deployment.fields[field].flatMap { texts[$0.value.digest] }.map { text in
                text.trimmed.lowercased() == value.lowercased()
            }
        }
    }

    // `nil` leaves the box as it is.
    private func isTicked(_ task: ChecklistDocument.Task, _ deployment: Deployment) -> Bool? {
        if let slot = task.slot {
            guard isReached(slot, deployment) else { return nil }
            return approvals(of: slot, deployment).isEmpty ? false : true
        }
        return task.id.flatMap { isDone($0, deployment) }
    }

    private func isDone(_ id: ItemID, _ deployment: Deployment) -> Bool? {
        guard let entry = deployment.outline[id] else { return nil }
        if let progress = deployment.items[id] {
            if progress.state == .notApplicable, progress.inapplicability != .decided { return nil }
            if case .passed = progress.state { return true }
            return false
        }
        let leaves = leaves(of: entry, deployment)
        if leaves.allSatisfy({ $0.state == .notApplicable && $0.inapplicability != .decided }) {
            return nil
        }
        if case .passed = ItemState.ofGroup(leaves.map(\.state)) { return true }
        return false
    }

    private func leaves(
        of entry: Outline.Entry,
        _ deployment: Deployment
    ) -> [ItemProgress] {
        entry.children.flatMap { position -> [ItemProgress] in
            let child = deployment.outline.entries[position]
            if let progress = deployment.items[child] { return [progress] }
            return leaves(of: child, deployment)
        }
    }

    // MARK: Remarks

    private func remark(for progress: ItemProgress) -> String? {
        let word: String
        switch progress.state {
        case .waived: word = "waived"
        case .notApplicable where progress.inapplicability == .decided: word = "not applicable"
        case .failed: word = "failed"
        case .inDoubt: word = "in doubt"
        default: return nil
        }
        let who = progress.actor.map { " by \($0.id)" } ?? ""
        let day = progress.settledAt.map { " on \($0.description.prefix(10))" } ?? ""
        return MarkdownEscape.comment("deploykit:state \(word)\(who)\(day)")
    }

    private func text(ofLine line: Int) -> Range<Int> {
        let start = markdown.line(line).lowerBound
        var end = markdown.line(line).upperBound
        // Spaces at the end may be a hard break.
        while end > start, [0x20, 0x0A, 0x0D].contains(source[end - 1]) { end -= 1 }
        return start..<end
    }

    private func statePatch(in text: Range<Int>, _ remark: String?) -> Patch? {
        let bytes = remark.map { Array(" <!-- \($0) -->".utf8) } ?? []
        if let present = remarkRange(in: text) {
            return source[present].elementsEqual(bytes) ? nil : Patch(range: present, bytes: bytes)
        }
        let end = text.upperBound
        return bytes.isEmpty ? nil : Patch(range: end..<end, bytes: bytes)
    }

    private static let opening = Array(" <!-- deploykit:state ".utf8)

    /// The end of the remark that begins at `start`, with the space before it.
    private func endOfRemark(at start: Int, before limit: Int) -> Int? {
        guard source[start..<limit].starts(with: Self.opening) else { return nil }
        var end = start + Self.opening.count
        while end + 3 <= limit {
            if source[end..<end + 3].elementsEqual("-->".utf8) { return end + 3 }
            end += 1
        }
        return nil
    }

    /// The remark at the end of a text, with the space before it.
    private func remarkRange(in line: Range<Int>) -> Range<Int>? {
        let opening = Self.opening
        guard line.count > opening.count, source[line].suffix(3).elementsEqual("-->".utf8) else {
            return nil
        }
        var start = line.upperBound - opening.count
        while start >= line.lowerBound {
            if source[start..<start + opening.count].elementsEqual(opening) {
                return start..<line.upperBound
            }
            start -= 1
        }
        return nil
    }

    // MARK: Blanks

    /// What stands behind a blank on its line.
    private func lineAfter(_ blank: ChecklistDocument.Blank) -> String {
        let end = max(markdown.line(blank.line).upperBound, blank.range.upperBound)
        return String(decoding: source[blank.range.upperBound..<end], as: UTF8.self)
    }

    private func patch(
        for blank: ChecklistDocument.Blank,
        _ value: String?,
        _ deployment: Deployment
    ) -> Patch? {
        let present = FilledBlank(blank.range, in: source)
        let original = present?.blank ?? Array(source[blank.range])
        if let value {
            let bytes = FilledBlank.bytes(
                MarkdownEscape.text(value),
                in: original,
                by: deployment.id
            )
            return source[blank.range].elementsEqual(bytes)
                ? nil : Patch(range: blank.range, bytes: bytes)
        }
        if let present, present.deployment == deployment.id.text {
            return Patch(range: blank.range, bytes: original)
        }
        return nil
    }

    private func value(
        for target: ChecklistDocument.Blank.Target,
        _ deployment: Deployment,
        _ texts: [Digest: String]
    ) -> String? {
        switch target {
        case .signOffName(let slot):
            let names = approvals(of: slot, deployment).map { signOff in
                signOff.person.text + (signOff.actor.assurance.isSigned ? "" : " (unsigned)")
            }
            return names.isEmpty ? nil : names.joined(separator: ", ")
        case .signOffDate(let slot):
            return approvals(of: slot, deployment).compactMap { signOff in
                deployment.moment(of: signOff).map { String($0.description.prefix(10)) }
            }.last
        case .signOffSignature(let slot):
            let signed = approvals(of: slot, deployment)
            guard !signed.isEmpty else { return nil }
            return signed.map { $0.actor.assurance.rawValue }.joined(separator: ", ")
        case .field(let field):
            return deployment.fields[field].flatMap { texts[$0.value.digest] }
        case .contract(let slot):
            return deployment.contracts[slot]?.id.text
        case .itemActor(let item):
            return settled(item, deployment)?.actor.map(\.id.text)
        case .itemDate(let item):
            return settled(item, deployment)?.settledAt.map { String($0.description.prefix(10)) }
        case .measurement: return nil
        }
    }

    // What was done or decided; a failure is no word of somebody who saw to it.
    private func settled(_ item: ItemID, _ deployment: Deployment) -> ItemProgress? {
        guard let progress = deployment.items[item], case .passed = progress.state else {
            return nil
        }
        return progress
    }

    private func isReached(_ slot: SignOffSlotID, _ deployment: Deployment) -> Bool {
        !deployment.signOffs.filter { $0.slot == slot }.isEmpty
    }

    private func approvals(of slot: SignOffSlotID, _ deployment: Deployment) -> [SignOff] {
        deployment.gates.values.flatMap(\.signOffs).filter { signOff in
            signOff.slot == slot && signOff.decision == .approved
        }
    }
}
