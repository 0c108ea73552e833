// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A list of a document that is worked through again and again, apart from a deployment: what stands
/// below a heading or a label such as `**Weekly**`.
public struct NamedList: Hashable, Sendable {
    /// The words of the heading or label.
    public let title: String
    /// The list as a document of its own: its lines as they stand, in one phase.
    public let bytes: [UInt8]

    /// The names of the lists that have a task below them, in document order.
    public static func names(in document: [UInt8]) -> [String] {
        let lines = Self.lines(of: document)
        return lines.indices.compactMap { index in
            guard let label = lines[index].label else { return nil }
            return lines[extent(of: index, in: lines)].contains(where: \.isTask)
                ? label.text : nil
        }
    }

    /// The list of this name: upper and lower case are alike, and the beginning is enough where one
    /// alone has it.
    ///
    /// - Returns: `nil` when none or several fit.
    public init?(named name: String, in document: [UInt8]) {
        let lines = Self.lines(of: document)
        let wanted = name.lowercased()
        let places = lines.indices.filter { index in
            lines[index].label != nil
                && lines[Self.extent(of: index, in: lines)].contains(where: \.isTask)
        }
        func matching(_ fits: (String) -> Bool) -> [Int] {
            places.filter { lines[$0].label.map { fits($0.text.lowercased()) } == true }
        }
        var found = matching { $0 == wanted }
        if found.isEmpty, !wanted.isEmpty { found = matching { $0.hasPrefix(wanted) } }
        guard let place = found.first, found.count == 1, let label = lines[place].label else {
            return nil
        }
        title = label.text
        // The words of the heading may say that what follows is no part of a run.
        var text = Array("# \(label.text)\n\n## Tasks\n\n".utf8)
        for line in lines[Self.extent(of: place, in: lines)] { text += line.bytes + [0x0A] }
        bytes = text
    }

    private struct Line {
        let bytes: ArraySlice<UInt8>
        /// What stands above a list, and how far up: 1 to 6 for headings, 7 for bold text.
        var label: (text: String, level: Int)?
        var isTask = false
    }

    /// The lines below a label: up to the next of its level or above.
    private static func extent(of place: Int, in lines: [Line]) -> Range<Int> {
        let level = lines[place].label?.level ?? 0
        let end = lines[(place + 1)...].firstIndex { line in
            line.label.map { $0.level <= level } ?? false
        }
        return (place + 1)..<(end ?? lines.count)
    }

    private static func lines(of document: [UInt8]) -> [Line] {
        var fence: [UInt8]?
        return document.split(separator: 0x0A, omittingEmptySubsequences: false).map { bytes in
            let trimmed = bytes.drop { $0 == 0x20 || $0 == 0x09 }
            let mark = Array(trimmed.prefix { $0 == trimmed.first })
            let isFence =
                mark.count >= 3
                && (mark[0] == UInt8(ascii: "`") || mark[0] == UInt8(ascii: "~"))
            if let open = fence {
                if isFence, mark[0] == open[0], mark.count >= open.count { fence = nil }
                return Line(bytes: bytes)
            }
            if isFence {
                fence = mark
                return Line(bytes: bytes)
            }
            var line = Line(bytes: bytes)
            line.label = label(of: String(decoding: bytes, as: UTF8.self).trimmed)
            line.isTask = isTask(trimmed)
            return line
        }
    }

    private static func isTask(_ bytes: ArraySlice<UInt8>) -> Bool {
        let marks = "-*+".utf8
        guard let first = bytes.first, marks.contains(first) else { return false }
        let rest = bytes.dropFirst().drop { $0 == 0x20 }
        return rest.first == UInt8(ascii: "[") && rest.dropFirst(2).first == UInt8(ascii: "]")
    }

    private static func label(of line: String) -> (text: String, level: Int)? {
        let level = line.prefix { $0 == "#" }.count
        if (1...6).contains(level), line.dropFirst(level).first == " " {
            let text = line.dropFirst(level).trimmed
            return text.isEmpty ? nil : (text, level)
        }
        guard line.hasPrefix("**"), line.count > 4 else { return nil }
        let text = line.hasSuffix(":") ? String(line.dropLast()) : line
        guard text.hasSuffix("**") else { return nil }
        var inner = text.dropFirst(2).dropLast(2).trimmed
        if inner.hasSuffix(":") { inner = String(inner.dropLast()) }
        return inner.isEmpty || inner.contains("**") ? nil : (inner, 7)
    }
}
