// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// What a JUnit report says in sum: how many tests ran and how many of them passed.
///
/// Counted are the elements `testcase`, wherever they stand; one that holds `failure` or `error` did
/// not pass, and one that holds `skipped` did not run. The totals that suites state are compared and
/// not believed. XML is read as far as that needs: elements, attributes, comments, CDATA and
/// processing instructions; a document type, which could define entities, is refused.
public struct JUnitReport: Hashable, Sendable {
    /// How many tests passed.
    public let passed: Int
    /// How many failed or broke.
    public let failed: Int
    /// How many did not run.
    public let skipped: Int

    /// What a measurement finds: the part of the tests that ran which passed. No test at all is
    /// absent: it is never a success.
    ///
    /// - Throws: `MetricError` never, since counts are not negative.
    public func outcome() throws(MetricError) -> Measurement.Outcome {
        guard passed + failed > 0 else { return .absent }
        return .ratio(try Ratio(ExactDecimal(passed), of: ExactDecimal(passed + failed)))
    }

    /// Reads a report.
    ///
    /// - Throws: ``AnswerError``, kind `parse`, with the line.
    public init(_ bytes: [UInt8]) throws(AnswerError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw AnswerError(.parse, "the report is not UTF-8")
        }
        var scanner = XMLScanner(bytes)
        var open: [String] = []
        var (passed, failed, skipped) = (0, 0, 0)
        var current: (hasFailed: Bool, isSkipped: Bool)?
        var stated: Int?
        var hasRoot = false
        while let tag = try scanner.next() {
            switch tag.kind {
            case .begin, .empty:
                guard !open.isEmpty || !hasRoot else {
                    throw scanner.refusal("a second root element '\(tag.name)'")
                }
                if open.isEmpty {
                    guard tag.name == "testsuites" || tag.name == "testsuite" else {
                        throw scanner.refusal("'\(tag.name.prefix(40))' begins no JUnit report")
                    }
                    hasRoot = true
                    stated = tag.attributes["tests"].flatMap { Int($0) }
                }
                if tag.name == "testcase" {
                    guard current == nil else { throw scanner.refusal("a test within a test") }
                    current = (false, false)
                }
                if tag.name == "failure" || tag.name == "error" { current?.hasFailed = true }
                if tag.name == "skipped" { current?.isSkipped = true }
                if tag.kind == .begin { open.append(tag.name) }
            case .end:
                guard open.popLast() == tag.name else {
                    throw scanner.refusal("'</\(tag.name)>' ends nothing")
                }
            }
            guard tag.name == "testcase", tag.kind != .begin, let test = current else { continue }
            current = nil
            if test.hasFailed {
                failed += 1
            } else if test.isSkipped {
                skipped += 1
            } else {
                passed += 1
            }
        }
        guard hasRoot, open.isEmpty else { throw scanner.refusal("the report ends early") }
        // Some count the skipped ones, some do not.
        if let stated, stated != passed + failed + skipped, stated != passed + failed {
            throw AnswerError(
                .parse,
                "the report states \(stated) tests and holds \(passed + failed + skipped)"
            )
        }
        self.passed = passed
        self.failed = failed
        self.skipped = skipped
    }
}

/// Reads the tags of XML, as far as reports of tests need.
private struct XMLScanner {
    enum Kind { case begin, end, empty }

    struct Tag {
        var kind: Kind
        var name: String
        var attributes: [String: String] = [:]
    }

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next tag, or `nil` at the end.
    mutating func next() throws(AnswerError) -> Tag? {
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = open
            if try skip("<!--", "-->") { continue }
            if try skip("<![CDATA[", "]]>") { continue }
            if try skip("<?", "?>") { continue }
            if starts("<!") { throw refusal("a document type is refused") }
            index += 1
            return try tag()
        }
        return nil
    }

    private mutating func tag() throws(AnswerError) -> Tag {
        let isEnd = take(UInt8(ascii: "/"))
        var tag = Tag(kind: isEnd ? .end : .begin, name: name())
        guard !tag.name.isEmpty else { throw refusal("a name is expected after '<'") }
        while true {
            skipSpace()
            if take(UInt8(ascii: ">")) { return tag }
            if take(UInt8(ascii: "/")) {
                guard take(UInt8(ascii: ">")), !isEnd else { throw refusal("'>' is expected") }
                tag.kind = .empty
                return tag
            }
            let key = name()
            skipSpace()
            guard !key.isEmpty, take(UInt8(ascii: "=")) else {
                throw refusal("an attribute is expected in '<\(tag.name)'")
            }
            skipSpace()
            guard index < bytes.count, [0x22, 0x27].contains(bytes[index]),
                let end = bytes[(index + 1)...].firstIndex(of: bytes[index])
            else { throw refusal("the value of '\(key)' has no quotes") }
            let value = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
            guard tag.attributes.updateValue(value, forKey: key) == nil else {
                throw refusal("'\(key)' is given twice")
            }
            index = end + 1
        }
    }

    private mutating func name() -> String {
        let start = index
        while index < bytes.count, !" \t\r\n=/><\"'".utf8.contains(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private func starts(_ text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

    private mutating func skip(_ open: String, _ close: String) throws(AnswerError) -> Bool {
        guard starts(open) else { return false }
        let start = index
        index += open.utf8.count
        let end = Array(close.utf8)
        while index < bytes.count {
            if bytes[index] == end[0], bytes[index...].starts(with: end) {
                index += end.count
                return true
            }
            index += 1
        }
        index = start
        throw refusal("'\(open)' has no end")
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    func refusal(_ message: String) -> AnswerError {
        let line = bytes[..<min(index, bytes.count)].count { $0 == 0x0A } + 1
        return AnswerError(.parse, message, line: line)
    }
}
