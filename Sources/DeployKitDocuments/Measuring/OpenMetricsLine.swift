// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A line of a sample: `name{label="value",…} value [time] [# {exemplar} value [time]]`.
struct OpenMetricsLine {
    private(set) var name = ""
    /// By name, ascending.
    private(set) var labels: [OpenMetricsPage.Label] = []
    private(set) var value = MetricNumber.nan
    /// The value for comparisons, which may be inexact.
    var number: Double { value.double }
    private(set) var time: Double?
    private(set) var hasExemplar = false

    private let bytes: [UInt8]
    private var index = 0
    private let isStrict: Bool
    /// How long the labels of an exemplar may be, in characters.
    private static let longestExemplar = 128

    /// - Throws: ``AnswerError`` without a line.
    init(_ line: ArraySlice<UInt8>, isStrict: Bool) throws(AnswerError) {
        bytes = Array(line)
        self.isStrict = isStrict
        name = word(until: " {\t")
        guard Self.isName(name) else { throw refusal("'\(name)' is no metric name") }
        if !isStrict { skipSpace() }
        if take("{") {
            labels = try readLabels()
            if isStrict, index < bytes.count, bytes[index] != UInt8(ascii: " ") {
                throw refusal("a space is expected after the labels")
            }
        }
        try space()
        let text = word(until: " \t")
        guard let value = MetricNumber(text), Self.isNumber(text) else {
            throw refusal("'\(text)' is no value")
        }
        self.value = value
        if !isStrict { skipSpace() }
        guard index < bytes.count else { return }
        if isStrict { try space() }
        if !(isStrict && index < bytes.count && bytes[index] == UInt8(ascii: "#")) {
            time = try readTime()
            guard index < bytes.count else { return }
            if isStrict { try space() } else { skipSpace() }
            guard isStrict || index == bytes.count else {
                throw refusal("something follows the time")
            }
            if !isStrict { return }
        }
        try readExemplar()
    }

    private mutating func readTime() throws(AnswerError) -> Double {
        let text = word(until: " \t")
        guard Self.isNumber(text), let time = Double(text), time.isFinite else {
            throw refusal("'\(text)' is no time")
        }
        return time
    }

    private mutating func readExemplar() throws(AnswerError) {
        guard take("#"), take(" "), take("{") else { throw refusal("an exemplar is expected") }
        let labels = try readLabels()
        let length = labels.reduce(0) { sum, label in
            sum + label.name.unicodeScalars.count + label.value.unicodeScalars.count
        }
        guard length <= Self.longestExemplar else {
            throw refusal("the labels of an exemplar are longer than \(Self.longestExemplar)")
        }
        try space()
        let text = word(until: " ")
        guard Self.isNumber(text), MetricNumber(text) != nil else {
            throw refusal("'\(text)' is no value of an exemplar")
        }
        hasExemplar = true
        guard index < bytes.count else { return }
        try space()
        _ = try readTime()
        guard index == bytes.count else { throw refusal("something follows the exemplar") }
    }

    private mutating func readLabels() throws(AnswerError) -> [OpenMetricsPage.Label] {
        var labels: [OpenMetricsPage.Label] = []
        if !isStrict { skipSpace() }
        if take("}") { return labels }
        while true {
            if !isStrict { skipSpace() }
            let name = word(until: "={}\", \t")
            guard Self.isLabelName(name) else { throw refusal("'\(name)' is no label name") }
            if !isStrict { skipSpace() }
            guard take("=") else { throw refusal("'=' is expected after '\(name)'") }
            if !isStrict { skipSpace() }
            guard take("\"") else { throw refusal("the value of '\(name)' has no quotes") }
            labels.append(OpenMetricsPage.Label(name: name, value: try quoted()))
            if !isStrict { skipSpace() }
            if take("}") { break }
            guard take(",") else { throw refusal("',' or '}' is expected after '\(name)'") }
            if !isStrict { skipSpace() }
            // A comma at the end is allowed in the older format alone.
            if !isStrict, take("}") { break }
        }
        labels.sort { $0.name < $1.name }
        for (left, right) in zip(labels, labels.dropFirst()) where left.name == right.name {
            throw refusal("the label '\(left.name)' is given twice")
        }
        return labels
    }

    private mutating func quoted() throws(AnswerError) -> String {
        var content: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: content, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                content.append(byte)
                continue
            }
            guard index < bytes.count else { break }
            switch bytes[index] {
            case UInt8(ascii: "n"): content.append(0x0A)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): content.append(bytes[index])
            // What is no escape stands for itself.
            default: content += [byte, bytes[index]]
            }
            index += 1
        }
        throw refusal("the value of a label has no end")
    }

    private mutating func word(until ends: String) -> String {
        let start = index
        while index < bytes.count, !ends.utf8.contains(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func space() throws(AnswerError) {
        if !isStrict {
            skipSpace()
            return
        }
        guard take(" "), index < bytes.count, bytes[index] != UInt8(ascii: " ") else {
            throw refusal("one space and a value are expected")
        }
    }

    private mutating func skipSpace() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private func refusal(_ message: String) -> AnswerError { AnswerError(.parse, message) }

    /// Letters, digits, `_` and `:`, not beginning with a digit.
    static func isName(_ text: String) -> Bool {
        isLabelName(text.replacing(":", with: "_"))
    }

    /// Letters, digits and `_`, not beginning with a digit.
    static func isLabelName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
    }

    // Underscores, hexadecimal digits and blanks are read by some and by others not.
    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || "+-.eEinfatyINFATY".utf8.contains(byte)
            }
    }
}

extension MetricNumber {
    /// The nearest binary fraction, for comparisons of what is only checked.
    var double: Double {
        switch self {
        case .finite(let number): Double(number.description) ?? .nan
        case .nan: .nan
        case .infinite(let isNegative): isNegative ? -.infinity : .infinity
        case .tooLong: .greatestFiniteMagnitude
        }
    }
}
